// SPDX-License-Identifier: Apache-2.0
#include "flight/transcript.h"

namespace fletching {

void Transcript::Sum::add(const Message& message) noexcept {
  const uint64_t sizes[2] = {message.head.size(), message.body.size()};
  hash.add({reinterpret_cast<const uint8_t*>(sizes), sizeof sizes});
  hash.add(message.head);
  hash.add(message.body.bytes());
  ++messages;
}

Transcript::Verdict Transcript::take(const Message& message) noexcept {
  const bool is_new = caught_up();
  again_.add(message);
  if (is_new) {
    sum_ = again_;
    return Verdict::kNew;
  }
  const bool differs = caught_up() && again_.hash.value() != sum_.hash.value();
  return differs ? Verdict::kOther : Verdict::kRepeated;
}

}  // namespace fletching
