// SPDX-License-Identifier: Apache-2.0
// A hash of bytes that come in pieces: how they are cut does not matter. Not against
// those who want equal sums, only against bytes in another order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fletching {

class RunningHash {
 public:
  void add(std::span<const uint8_t> bytes) noexcept;
  // Of all that was added so far.
  [[nodiscard]] uint64_t value() const noexcept;

 private:
  // Four words at a time, so that it costs less than receiving them.
  static constexpr size_t kBlock = 32;

  void add_block(const uint8_t* at) noexcept;

  std::array<uint64_t, kBlock / sizeof(uint64_t)> lanes_{1, 2, 3, 4};
  std::array<uint8_t, kBlock> rest_{};  // of a block that is not full
  uint64_t size_ = 0;
};

}  // namespace fletching
