// SPDX-License-Identifier: Apache-2.0
#include "flight/running_hash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace fletching {
namespace {

uint64_t hash_in_pieces(std::span<const uint8_t> bytes, size_t piece) {
  RunningHash hash;
  while (bytes.size() > piece) {
    hash.add(bytes.first(piece));
    bytes = bytes.subspan(piece);
  }
  hash.add(bytes);
  return hash.value();
}

TEST(RunningHash, HowBytesAreCutDoesNotMatter) {
  std::vector<uint8_t> bytes(200);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  for (const size_t size : {0U, 1U, 31U, 32U, 33U, 200U}) {
    const std::span part(bytes.data(), size);
    const uint64_t whole = hash_in_pieces(part, 1000);
    for (const size_t piece : {1U, 3U, 32U, 50U}) {
      EXPECT_EQ(hash_in_pieces(part, piece), whole) << size << " by " << piece;
    }
  }
}

TEST(RunningHash, TellsOrderAndLengthApart) {
  std::vector<uint8_t> bytes(64, 7);
  const uint64_t before = hash_in_pieces(bytes, 64);
  EXPECT_NE(hash_in_pieces(std::span(bytes).first(63), 64), before);
  bytes[40] = 8;
  const uint64_t changed = hash_in_pieces(bytes, 64);
  EXPECT_NE(changed, before);
  std::swap(bytes[40], bytes[8]);
  EXPECT_NE(hash_in_pieces(bytes, 64), changed);
}

TEST(RunningHash, GoesOnAfterItsValueWasAsked) {
  const std::vector<uint8_t> bytes(40, 3);
  RunningHash hash;
  hash.add(std::span(bytes).first(10));
  static_cast<void>(hash.value());
  hash.add(std::span(bytes).subspan(10));
  EXPECT_EQ(hash.value(), hash_in_pieces(bytes, 40));
}

}  // namespace
}  // namespace fletching
