// SPDX-License-Identifier: Apache-2.0
// gRPC messages out of DATA bytes: five bytes of prefix (compressed flag, length), then
// the message, split in two as message.h says; a compressed one stays as it is, for its
// reader to decompress (message_inflater.h). No I/O.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transport/field_splitter.h"
#include "transport/grpc_status.h"
#include "transport/message.h"

namespace fletching {

class MessageAssembler {
 public:
  // `max_message`: the largest message, on the wire.
  MessageAssembler(uint32_t split_field, int64_t max_message);

  // The response's grpc-encoding.
  void set_encoding(std::string_view encoding) { encoding_ = encoding; }

  // Takes bytes and appends the messages that are complete now. A value is the end of
  // the call: RESOURCE_EXHAUSTED for a message that is too large, INTERNAL for
  // nonsense.
  [[nodiscard]] std::optional<CallStatus> push(std::span<const uint8_t> bytes,
                                               std::vector<Message>& out);

  // Where the next bytes belong if they are all of a body: FieldSplitter::landing().
  [[nodiscard]] std::span<uint8_t> landing() const noexcept {
    const auto free = splitter_.landing();
    return free.first(static_cast<size_t>(std::min<uint64_t>(free.size(), left_)));
  }

  // Bytes of an incomplete message have come.
  [[nodiscard]] bool inside_message() const noexcept {
    return prefix_size_ > 0 || in_payload_;
  }

 private:
  std::optional<CallStatus> prefix_done();
  std::optional<CallStatus> payload(std::span<const uint8_t> bytes);
  std::optional<CallStatus> payload_done(std::vector<Message>& out);

  const uint32_t split_field_;
  const uint64_t max_message_;
  std::string encoding_;
  uint8_t prefix_[5] = {};
  size_t prefix_size_ = 0;
  bool in_payload_ = false;
  bool compressed_ = false;
  uint64_t size_ = 0;  // of the message on the wire
  uint64_t left_ = 0;  // of it, still to come
  FieldSplitter splitter_;
};

}  // namespace fletching
