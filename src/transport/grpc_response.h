// SPDX-License-Identifier: Apache-2.0
// The answer of one gRPC call: headers, messages, trailers or whatever came instead,
// and how far the server may send ahead. HTTP/2 events in, messages and a status out;
// no I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/grpc_status.h"
#include "transport/headers.h"
#include "transport/message.h"
#include "transport/message_assembler.h"

namespace fletching {

class GrpcResponse {
 public:
  GrpcResponse(uint32_t split_field, int64_t max_message);

  // ---- events ----
  void on_header(std::string_view name, std::string_view value);
  void on_headers_end();
  void on_data(std::span<const uint8_t> bytes);
  void on_end();                       // END_STREAM
  void on_reset(uint32_t http2_code);  // closed without END_STREAM
  // Ends the call for a reason of our own or the connection's. The first end counts.
  void end(CallStatus status);

  // Where the next bytes of DATA belong if they are all of a body; else empty. What is
  // put there must still go through on_data(), from there.
  [[nodiscard]] std::span<uint8_t> landing() const noexcept {
    return ended_ ? std::span<uint8_t>() : assembler_.landing();
  }

  // ---- results ----
  [[nodiscard]] bool has_message() const noexcept { return !messages_.empty(); }
  [[nodiscard]] Message pop();  // only if has_message()
  void drop_messages() noexcept { messages_.clear(); }

  // The status is known; messages may still be queued.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] const CallStatus& status() const noexcept { return status_; }
  // END_STREAM has come: nothing more arrives for this call.
  [[nodiscard]] bool remote_closed() const noexcept { return remote_closed_; }
  // Headers have come, or never will.
  [[nodiscard]] bool headers_known() const noexcept { return has_headers_ || ended_; }
  [[nodiscard]] bool has_headers() const noexcept { return has_headers_; }
  [[nodiscard]] const Headers& headers() const noexcept { return headers_; }
  [[nodiscard]] const Headers& trailers() const noexcept { return trailers_; }

  // Bytes by which the stream's window is to be opened now. All that came while no
  // message is queued (so a message larger than the window gets through); otherwise
  // only what the consumer has taken.
  [[nodiscard]] uint64_t take_credit();

 private:
  enum class State : uint8_t { kHeaders, kMessages, kTrailers, kForeign };

  void first_headers();
  void end_foreign();

  State state_ = State::kHeaders;
  bool ended_ = false;
  bool remote_closed_ = false;
  bool has_headers_ = false;
  int http_status_ = 0;
  size_t header_bytes_ = 0;
  Headers block_;  // the block being received
  Headers headers_;
  Headers trailers_;
  CallStatus status_;
  std::string excerpt_;  // the start of an answer that is not gRPC
  MessageAssembler assembler_;
  std::deque<Message> messages_;
  std::vector<Message> arrived_;
  uint64_t received_ = 0;  // DATA bytes
  uint64_t taken_ = 0;     // of them, in messages that the consumer took
  uint64_t credited_ = 0;
};

}  // namespace fletching
