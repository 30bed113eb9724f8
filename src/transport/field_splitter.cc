// SPDX-License-Identifier: Apache-2.0
#include "transport/field_splitter.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fletching {
namespace {

// More than this is not reserved on the word of a length prefix.
constexpr uint64_t kTrusted = uint64_t{64} << 20;
constexpr uint64_t kUsualHead = 1024;
constexpr size_t kLargeHead = size_t{1} << 20;

}  // namespace

void FieldSplitter::begin(uint32_t split_field, uint64_t size, bool size_known) {
  *this = FieldSplitter();
  split_field_ = split_field;
  size_ = size;
  state_ = split_field == 0 ? State::kRaw : State::kTag;
  const uint64_t hint = split_field == 0 && size_known ? kTrusted : kUsualHead;
  message_.head.reserve(static_cast<size_t>(std::min(size, hint)));
}

bool FieldSplitter::complete() const noexcept {
  return !bad_ && (state_ == State::kRaw || (state_ == State::kTag && shift_ == 0));
}

Message FieldSplitter::take() {
  state_ = State::kRaw;
  return std::exchange(message_, Message());
}

void FieldSplitter::to_head(const uint8_t* data, size_t n) {
  auto& head = message_.head;
  if (grow_at_once_ && head.size() >= kLargeHead) {
    head.reserve(static_cast<size_t>(size_));
    grow_at_once_ = false;
  }
  head.insert(head.end(), data, data + n);
}

void FieldSplitter::give_up() {
  to_head(pending_, pending_size_);
  pending_size_ = 0;
  state_ = State::kRaw;
}

bool FieldSplitter::push(std::span<const uint8_t> bytes) {
  pushed_ += bytes.size();
  if (pushed_ > size_) bad_ = true;
  while (!bytes.empty() && !bad_) {
    size_t used = bytes.size();
    switch (state_) {
      case State::kTag:
      case State::kVarint:
      case State::kLength:
        used = 1;
        ++consumed_;
        byte_of_number(bytes[0]);
        break;
      case State::kSkip:
        used = static_cast<size_t>(std::min<uint64_t>(left_, used));
        to_head(bytes.data(), used);
        advance(used);
        break;
      case State::kBody:
        used = static_cast<size_t>(std::min<uint64_t>(left_, used));
        if (uint8_t* const to = landing().data(); to != bytes.data()) {
          std::memcpy(to, bytes.data(), used);
        }
        advance(used);
        break;
      case State::kRaw:
        to_head(bytes.data(), used);
        break;
    }
    bytes = bytes.subspan(used);
  }
  return !bad_;
}

std::span<uint8_t> FieldSplitter::landing() const noexcept {
  if (state_ != State::kBody || bad_) return {};
  const auto left = static_cast<size_t>(left_);
  return {message_.body.data() + (message_.body.size() - left), left};
}

// Within a field of known length; fields of no bytes were ended by length_done().
void FieldSplitter::advance(size_t used) {
  left_ -= used;
  consumed_ += used;
  if (left_ == 0) state_ = State::kTag;
}

void FieldSplitter::byte_of_number(uint8_t byte) {
  if (pending_size_ == sizeof pending_) return give_up();
  pending_[pending_size_++] = byte;
  if (shift_ > 63) return give_up();
  number_ |= uint64_t{byte & 0x7fu} << shift_;
  shift_ += 7;
  if (byte >= 0x80) return;
  const State read = state_;
  shift_ = 0;
  if (read == State::kTag) {
    tag_done();
  } else if (read == State::kLength) {
    length_done();
  } else {
    to_head(pending_, pending_size_);
    pending_size_ = 0;
    state_ = State::kTag;
  }
  number_ = 0;
}

void FieldSplitter::tag_done() {
  const uint64_t field = number_ >> 3;
  splitting_ = false;
  switch (number_ & 7) {
    case 0:
      state_ = State::kVarint;
      return;
    case 2:
      splitting_ = field == split_field_;
      state_ = State::kLength;
      return;
    case 1:
    case 5:
      left_ = (number_ & 7) == 1 ? 8 : 4;
      to_head(pending_, pending_size_);
      pending_size_ = 0;
      state_ = State::kSkip;
      return;
    default:
      give_up();
  }
}

void FieldSplitter::length_done() {
  left_ = number_;
  if (left_ > size_ - std::min(size_, consumed_)) {
    bad_ = true;
    return;
  }
  if (splitting_) {
    message_.body = Body::allocate(static_cast<size_t>(left_));
    message_.has_body = true;
    state_ = State::kBody;
  } else {
    to_head(pending_, pending_size_);
    state_ = State::kSkip;
  }
  pending_size_ = 0;
  if (left_ == 0) state_ = State::kTag;
}

}  // namespace fletching
