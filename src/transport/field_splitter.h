// SPDX-License-Identifier: Apache-2.0
// Cuts one protobuf message, as its bytes arrive, into the payload of one top-level
// bytes field and everything else. Only tags and lengths are looked at; what is
// malformed goes to the head as it is, for the parser above to refuse. If the field
// occurs again, the last one counts, as in protobuf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "transport/message.h"

namespace fletching {

class FieldSplitter {
 public:
  // `split_field` 0: nothing is split off. `size`: of the whole message, or of the
  // largest allowed if it is not known yet.
  void begin(uint32_t split_field, uint64_t size, bool size_known);

  // `size` of begin() is the truth, not a server's word: reserved as soon as the head
  // turns out to be large.
  void grow_at_once() noexcept { grow_at_once_ = true; }

  // False if the message cannot end well: a length goes beyond its size, or more than
  // `size` came. Throws std::bad_alloc.
  [[nodiscard]] bool push(std::span<const uint8_t> bytes);

  // Where the next bytes of the split field belong; empty if others come next. What is
  // put there must still be pushed, from there.
  [[nodiscard]] std::span<uint8_t> landing() const noexcept;

  // The message may end here: no field is incomplete.
  [[nodiscard]] bool complete() const noexcept;
  [[nodiscard]] uint64_t pushed() const noexcept { return pushed_; }
  [[nodiscard]] Message take();

 private:
  enum class State : uint8_t { kTag, kVarint, kLength, kSkip, kBody, kRaw };

  void byte_of_number(uint8_t byte);
  void tag_done();
  void length_done();
  void advance(size_t used);
  void to_head(const uint8_t* data, size_t n);
  void give_up();  // the rest goes to the head

  uint32_t split_field_ = 0;
  uint64_t size_ = 0;
  uint64_t pushed_ = 0;
  uint64_t consumed_ = 0;
  State state_ = State::kRaw;
  uint64_t number_ = 0;  // the varint being read
  unsigned shift_ = 0;
  uint8_t pending_[20] =
      {};  // tag and length bytes not yet known to belong to the head
  size_t pending_size_ = 0;
  uint64_t left_ = 0;       // bytes of the field being skipped or filled
  bool splitting_ = false;  // the tag just read is the split field's
  bool bad_ = false;
  bool grow_at_once_ = false;
  Message message_;
};

}  // namespace fletching
