// SPDX-License-Identifier: Apache-2.0
#include "transport/message_inflater.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/deadline.h"

namespace fletching {
namespace {

constexpr std::chrono::milliseconds kSlice{10};
constexpr size_t kPiece = 128;  // may become a thousand times as much
constexpr int64_t kMost = (int64_t{1} << 31) - 1;

CallStatus broken(const char* what) {
  return {Grpc::kInternal, std::string("the server sent a ") + what,
          CallStatus::Processed::kMaybe};
}

bool is_gzip(std::span<const uint8_t> bytes) {
  constexpr size_t kLeast = 18;  // header 10, trailer 8 (RFC 1952)
  return bytes.size() >= kLeast && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

// ISIZE, the last four bytes: the size modulo 2^32, which is over any limit of ours.
uint64_t size_in_trailer(std::span<const uint8_t> gzip) {
  const auto last = gzip.last(4);
  return last[0] | uint64_t{last[1]} << 8 | uint64_t{last[2]} << 16 |
         uint64_t{last[3]} << 24;
}

}  // namespace

CallStatus message_too_large(uint64_t size, uint64_t limit) {
  return {
      Grpc::kResourceExhausted,
      "the server sent a message of " + std::to_string(size) +
          " bytes or more, the limit is " + std::to_string(limit) +
          " (raise the option max_msg_size, or let the server send smaller batches)",
      CallStatus::Processed::kMaybe};
}

void MessageInflater::begin(Message packed, uint32_t split_field, int64_t max_message) {
  packed_ = std::move(packed.head);
  at_ = 0;
  wire_size_ = packed.wire_size;
  split_field_ = split_field;
  limit_ = static_cast<uint64_t>(std::clamp<int64_t>(max_message, 0, kMost));
  inflater_.reset();
  // What says nothing of its size (zlib's format) is decompressed twice.
  counting_ = !is_gzip(packed_);
  size_ = 0;
  if (!counting_) fill(size_in_trailer(packed_));
}

void MessageInflater::fill(uint64_t size) {
  size_ = size;
  splitter_.begin(split_field_, size, true);
  splitter_.grow_at_once();
}

MessageInflater::Step MessageInflater::refuse(CallStatus why) {
  why_ = std::move(why);
  packed_ = {};
  splitter_ = {};
  return Step::kBad;
}

MessageInflater::Step MessageInflater::work() noexcept {
  try {
    if (size_ > limit_) return refuse(message_too_large(size_, limit_));
    const auto end = Clock::now() + kSlice;
    do {
      const Step step = piece();
      if (step != Step::kMore) return step;
    } while (Clock::now() < end);
    return Step::kMore;
  } catch (const std::bad_alloc&) {
    return refuse({Grpc::kResourceExhausted,
                   "no memory to decompress a message of " +
                       std::to_string(packed_.size()) + " bytes",
                   CallStatus::Processed::kMaybe});
  }
}

MessageInflater::Step MessageInflater::piece() {
  const auto bytes = std::span<const uint8_t>(packed_).subspan(at_).first(
      std::min(kPiece, packed_.size() - at_));
  at_ += bytes.size();
  const auto result = inflater_.push(bytes, [this](std::span<const uint8_t> plain) {
    if (!counting_) return splitter_.push(plain);
    size_ += plain.size();
    return size_ <= limit_;
  });
  if (result == Inflater::Result::kRefused && counting_) {
    return refuse(message_too_large(size_, limit_));
  }
  const bool field_too_long =
      result == Inflater::Result::kRefused && splitter_.pushed() <= size_;
  if (field_too_long) {
    return refuse(broken("malformed message (a field is longer than it)"));
  }
  if (result != Inflater::Result::kOk) {
    return refuse(broken("compressed message that cannot be decompressed"));
  }
  return at_ < packed_.size() ? Step::kMore : input_ended();
}

MessageInflater::Step MessageInflater::input_ended() {
  if (!inflater_.ended()) {
    return refuse(broken("compressed message that ends too early"));
  }
  if (std::exchange(counting_, false)) {
    inflater_.reset();
    at_ = 0;
    fill(size_);
    return Step::kMore;
  }
  if (!splitter_.complete()) {
    return refuse(broken("malformed message (it ends within a field)"));
  }
  packed_ = {};
  return Step::kDone;
}

Message MessageInflater::take() {
  Message message = splitter_.take();
  message.wire_size = wire_size_;
  return message;
}

}  // namespace fletching
