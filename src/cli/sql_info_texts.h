// SPDX-License-Identifier: Apache-2.0
// What ping and info both ask a server.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fletching/driver.h"

namespace fletching::cli {

// Everything that SqlInfo says, by id, as text.
[[nodiscard]] std::map<uint32_t, std::string> sql_info_texts(Connection& connection);

// Seconds of a round trip: the median of a few.
[[nodiscard]] double latency_of(Connection& connection);

// The server refuses the caller, not the question.
[[nodiscard]] bool is_refusal(const Error& error);

}  // namespace fletching::cli
