// SPDX-License-Identifier: Apache-2.0
#include "flight/transcript.h"

#include <bit>
#include <cstring>
#include <span>

namespace fletching {
namespace {

constexpr uint64_t kMix = 0x9E3779B97F4A7C15;  // odd, bits well mixed

uint64_t load(const uint8_t* at) noexcept {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t mixed(uint64_t sum, uint64_t word) noexcept {
  return std::rotl((sum ^ word) * kMix, 29);
}

// Not against those who want equal sums, only against rows in another order. Four words
// at a time, so that it costs less than receiving them.
uint64_t hash_of(std::span<const uint8_t> bytes, uint64_t seed) noexcept {
  constexpr size_t kBlock = 32;
  uint64_t lanes[4] = {seed, seed + 1, seed + 2, seed + 3};
  size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) {
    for (size_t lane = 0; lane < 4; ++lane) {
      lanes[lane] = mixed(lanes[lane], load(bytes.data() + at + 8 * lane));
    }
  }
  uint64_t sum = mixed(seed, bytes.size());
  for (const uint64_t lane : lanes) sum = mixed(sum, lane);
  for (; at < bytes.size(); ++at) sum = mixed(sum, bytes[at]);
  return sum;
}

}  // namespace

void Transcript::Sum::add(const Message& message) noexcept {
  hash = hash_of(message.head, hash);
  hash = hash_of(message.body.bytes(), hash);
  ++messages;
}

Transcript::Verdict Transcript::take(const Message& message) noexcept {
  const bool is_new = caught_up();
  again_.add(message);
  if (is_new) {
    sum_ = again_;
    return Verdict::kNew;
  }
  const bool differs = caught_up() && again_.hash != sum_.hash;
  return differs ? Verdict::kOther : Verdict::kRepeated;
}

}  // namespace fletching
