// SPDX-License-Identifier: Apache-2.0
// What the server has seen since the last reset, for tests to assert on.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "script.h"

namespace fletching::fault {

struct SeenRequest {
  uint64_t connection = 0;
  int32_t stream = 0;
  std::string listener;  // "main", or the mode of another listening port
  std::string method;    // "GetFlightInfo"
  std::string detail;    // command, action type or ticket
  Headers headers;
};

struct Stats {
  std::map<std::string, int64_t> counts;      // "connections", "pings", "rst", ...
  std::map<std::string, int64_t> rpcs;        // by method, and "method:detail"
  std::map<std::string, int64_t> executions;  // by SQL text
  std::deque<SeenRequest> requests;           // the newest 2,000
  std::vector<int64_t> frozen_ms;  // how long clients kept connections that had frozen

  [[nodiscard]] std::string json() const;
};

[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace fletching::fault
