// SPDX-License-Identifier: Apache-2.0
#include "transport/message_assembler.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "transport/message_inflater.h"

namespace fletching {
namespace {

constexpr size_t kPrefix = 5;

CallStatus broken(std::string message) {
  return {Grpc::kInternal, std::move(message), CallStatus::Processed::kMaybe};
}

CallStatus out_of_memory(uint64_t size) {
  return {Grpc::kResourceExhausted,
          "no memory for a message of " + std::to_string(size) + " bytes",
          CallStatus::Processed::kMaybe};
}

}  // namespace

MessageAssembler::MessageAssembler(uint32_t split_field, int64_t max_message)
    : split_field_(split_field),
      max_message_(static_cast<uint64_t>(
          std::clamp<int64_t>(max_message, 0, (int64_t{1} << 31) - 1))) {}

std::optional<CallStatus> MessageAssembler::push(std::span<const uint8_t> bytes,
                                                 std::vector<Message>& out) {
  try {
    while (!bytes.empty()) {
      if (!in_payload_) {
        const size_t n = std::min(kPrefix - prefix_size_, bytes.size());
        std::memcpy(prefix_ + prefix_size_, bytes.data(), n);
        prefix_size_ += n;
        bytes = bytes.subspan(n);
        if (prefix_[0] > 1) {
          return broken("the server's data is not gRPC (flag byte " +
                        std::to_string(prefix_[0]) + ")");
        }
        if (prefix_size_ < kPrefix) return std::nullopt;
        if (auto bad = prefix_done()) return bad;
      } else {
        const size_t n = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
        if (auto bad = payload(bytes.first(n))) return bad;
        bytes = bytes.subspan(n);
      }
      if (in_payload_ && left_ == 0) {
        if (auto bad = payload_done(out)) return bad;
      }
    }
    return std::nullopt;
  } catch (const std::bad_alloc&) {
    return out_of_memory(size_);
  }
}

std::optional<CallStatus> MessageAssembler::prefix_done() {
  prefix_size_ = 0;
  in_payload_ = true;
  compressed_ = prefix_[0] == 1;
  size_ = uint64_t{prefix_[1]} << 24 | uint64_t{prefix_[2]} << 16 |
          uint64_t{prefix_[3]} << 8 | prefix_[4];
  left_ = size_;
  if (size_ > max_message_) return message_too_large(size_, max_message_);
  if (!compressed_) {
    splitter_.begin(split_field_, size_, true);
    return std::nullopt;
  }
  if (encoding_ != "gzip" && encoding_ != "deflate") {
    return broken("the server sent a compressed message but named the encoding '" +
                  encoding_ + "' (gzip and deflate are understood)");
  }
  splitter_.begin(0, size_, true);
  return std::nullopt;
}

std::optional<CallStatus> MessageAssembler::payload(std::span<const uint8_t> bytes) {
  left_ -= bytes.size();
  if (splitter_.push(bytes)) return std::nullopt;
  return broken("the server sent a malformed message (a field is longer than it)");
}

std::optional<CallStatus> MessageAssembler::payload_done(std::vector<Message>& out) {
  in_payload_ = false;
  if (!splitter_.complete()) {
    return broken("the server sent a malformed message (it ends within a field)");
  }
  Message message = splitter_.take();
  message.wire_size = static_cast<size_t>(size_);
  message.compressed = compressed_ && size_ > 0;
  out.push_back(std::move(message));
  return std::nullopt;
}

}  // namespace fletching
