// SPDX-License-Identifier: Apache-2.0
// The state of one call that its owner, the HTTP/2 session and whoever drives the
// connection share. Guarded by the connection's mutex, except `cancelled`.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/deadline.h"
#include "transport/grpc_response.h"
#include "transport/request_body.h"

namespace fletching {

struct CallStream {
  CallStream(uint32_t split_field, int64_t max_message)
      : response(split_field, max_message) {}

  static constexpr uint64_t kNowhere = std::numeric_limits<uint64_t>::max();

  GrpcResponse response;
  RequestBody body;
  Headers request;                 // sent with submit
  uint32_t window = 0;             // read-ahead limit; 0: the session's
  int32_t id = 0;                  // 0: not submitted yet
  bool closed = false;             // HTTP/2 has finished with it
  uint64_t headers_at = kNowhere;  // where its HEADERS begin in the output
  Clock::time_point sent_at{};     // submitted
  Clock::time_point last_sent{};   // when bytes of the request went last
  Clock::time_point last_byte{};   // of the answer
  std::atomic<bool> cancelled{false};
  // Mirrors of response.*, for readers without the mutex.
  std::atomic<bool> readable{false};

  void update_readable() noexcept {
    readable.store(response.has_message() || response.ended(),
                   std::memory_order_release);
  }
};

}  // namespace fletching
