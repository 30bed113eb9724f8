// SPDX-License-Identifier: Apache-2.0
#include "flight/running_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fletching {
namespace {

constexpr uint64_t kMix = 0x9E3779B97F4A7C15;  // odd, bits well mixed

uint64_t mixed(uint64_t sum, uint64_t word) noexcept {
  return std::rotl((sum ^ word) * kMix, 29);
}

}  // namespace

void RunningHash::add_block(const uint8_t* at) noexcept {
  for (uint64_t& lane : lanes_) {
    uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    lane = mixed(lane, word);
    at += sizeof word;
  }
}

void RunningHash::add(std::span<const uint8_t> bytes) noexcept {
  const size_t held = size_ % kBlock;
  size_ += bytes.size();
  if (held > 0) {
    const size_t taken = std::min(bytes.size(), kBlock - held);
    std::copy_n(bytes.begin(), taken, rest_.begin() + static_cast<ptrdiff_t>(held));
    bytes = bytes.subspan(taken);
    if (held + taken < kBlock) return;
    add_block(rest_.data());
  }
  for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock)) {
    add_block(bytes.data());
  }
  std::copy(bytes.begin(), bytes.end(), rest_.begin());
}

uint64_t RunningHash::value() const noexcept {
  uint64_t sum = mixed(0, size_);
  for (const uint64_t lane : lanes_) sum = mixed(sum, lane);
  for (size_t i = 0; i < size_ % kBlock; ++i) sum = mixed(sum, rest_[i]);
  return sum;
}

}  // namespace fletching
