// SPDX-License-Identifier: Apache-2.0
#include "base/body.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace fletching {
namespace {

TEST(BodyTest, IsAlignedAndHasSlack) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100000}, size_t{5} << 20}) {
    const Body body = Body::allocate(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(body.data()) % 64, 0u);
    std::memset(body.data(), 1, size + 64);
    EXPECT_EQ(body.size(), size);
  }
}

// Rounding each body up to a huge page took 22 times the data (180 MB held took 4 GB).
TEST(BodyTest, SmallBodiesTakeLittleMoreThanTheirSize) {
  const size_t before = body_statistics().in_use;
  std::vector<Body> held;
  constexpr size_t kSize = 90000;
  for (int i = 0; i < 500; ++i) held.push_back(Body::allocate(kSize));
  EXPECT_LT(body_statistics().in_use - before, 500 * kSize * 11 / 10 + (16 << 20));
}

TEST(BodyTest, CopiesShareAndTheLastOneFrees) {
  Body copy;
  {
    const Body body = Body::allocate(5 << 20);
    body.data()[0] = 7;
    copy = body;
  }
  EXPECT_EQ(copy.data()[0], 7);
  const size_t before = body_statistics().in_use;
  copy = Body();
  EXPECT_LT(body_statistics().in_use, before);
}

void use_at_once(size_t bodies, size_t size) {
  std::vector<Body> held;
  for (size_t i = 0; i < bodies; ++i) held.push_back(Body::allocate(size));
}

TEST(BodyTest, WhatAResultLeavesIsKeptForTheNextButNotForEver) {
  use_at_once(60, 5 << 20);
  const size_t after_large = body_statistics().kept;
  EXPECT_GE(after_large, size_t{250} << 20);
  use_at_once(60, 5 << 20);
  EXPECT_LE(body_statistics().kept, after_large + (size_t{16} << 20));
  use_at_once(10, 5 << 20);
  EXPECT_LE(body_statistics().kept, size_t{80} << 20);
}

TEST(BodyTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      std::vector<Body> held(64);
      for (size_t i = 0; i < 5000; ++i) held[i % 64] = Body::allocate(i * 37 % 300000);
    });
  }
  for (auto& t : threads) t.join();
}

}  // namespace
}  // namespace fletching
