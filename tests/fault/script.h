// SPDX-License-Identifier: Apache-2.0
// What the server does on one stream, as a list of steps. A step begins when all bytes
// of the one before it have been handed to HTTP/2.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc.h"

namespace fletching::fault {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Step {
  enum class Kind {
    kHeaders,     // response headers
    kHeadersEnd,  // response headers with END_STREAM (a trailers-only answer)
    kData,        // bytes in DATA frames, under flow control, `number` times
    kTrailers,    // HEADERS with END_STREAM
    kEnd,         // an empty DATA frame with END_STREAM
    kSleep,       // `wait`
    kAwaitEnd,    // until the client has ended its side
    kReset,       // RST_STREAM `number`
    kRaw,         // bytes straight into the connection, between frames
    kPing,        // an HTTP/2 PING
    kAwaitPong,   // until every PING has been answered; `wait` at most, then RST CANCEL
    kClose,       // sends what is queued, then FIN
    kAbort,       // sends what is queued, then a TCP reset
    kFreeze,      // the connection neither reads nor writes any more
    kHang,        // nothing more on this stream
  };
  Kind kind = Kind::kHang;
  std::string bytes = {};
  Headers headers = {};
  uint32_t number = 0;
  std::chrono::milliseconds wait{0};
};

class Script {
 public:
  std::deque<Step> steps;

  Script& add(Step step) {
    steps.push_back(std::move(step));
    return *this;
  }
  // 200 and application/grpc, with `more` after them.
  Script& headers(const Headers& more = {});
  Script& raw_headers(Headers all, bool end = false);
  // A gRPC message: flag, length and `message`.
  Script& message(std::string_view message, uint8_t flag = 0);
  Script& data(std::string bytes, uint32_t times = 1);
  // FlightData of `ipc`.
  Script& ipc(const Ipc& ipc);
  // Trailers with grpc-status and what else is given.
  Script& status(int code, const std::string& text = "", const Headers& more = {});
  Script& trailers(Headers all);
  Script& end() { return add({Step::Kind::kEnd}); }
  // Headers and status in one frame that ends the stream.
  Script& error_only(int code, const std::string& text, const Headers& more = {});
  Script& sleep(std::chrono::milliseconds time);
  Script& await_end() { return add({Step::Kind::kAwaitEnd}); }
  Script& reset(uint32_t code) { return add({Step::Kind::kReset, {}, {}, code}); }
  Script& raw(std::string bytes) { return add({Step::Kind::kRaw, std::move(bytes)}); }
  Script& goaway(uint32_t last_stream, uint32_t code, std::string_view debug = "");
  Script& ping() { return add({Step::Kind::kPing}); }
  Script& await_pong(std::chrono::milliseconds most);
  Script& close() { return add({Step::Kind::kClose}); }
  Script& abort() { return add({Step::Kind::kAbort}); }
  Script& freeze() { return add({Step::Kind::kFreeze}); }
  Script& hang() { return add({Step::Kind::kHang}); }
};

// flag, big-endian length, bytes.
[[nodiscard]] std::string grpc_frame(std::string_view message, uint8_t flag = 0);
// The same with a length of one's own choosing.
[[nodiscard]] std::string grpc_frame_lying(std::string_view message, uint32_t length);
// The FlightData message of `ipc`.
[[nodiscard]] std::string flight_data(const Ipc& ipc);
// A whole HTTP/2 frame.
[[nodiscard]] std::string h2_frame(uint8_t type, uint8_t flags, uint32_t stream,
                                   std::string_view payload);
[[nodiscard]] std::string big_endian(uint32_t value);
[[nodiscard]] std::string gzip(std::string_view plain);
// With padding.
[[nodiscard]] std::string to_base64(std::string_view plain);

}  // namespace fletching::fault
