// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace fletching {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, PausesDoubleUpToTheMostAndAreOffByUpToAQuarter) {
  for (int round = 0; round < 200; ++round) {
    Backoff pause(milliseconds(100), milliseconds(500));
    for (const int middle : {100, 200, 400, 500, 500}) {
      const auto next = pause.next();
      EXPECT_GE(next, milliseconds(middle * 3 / 4));
      EXPECT_LE(next, milliseconds(middle * 5 / 4));
    }
  }
}

TEST(Backoff, PausesDiffer) {
  std::set<std::chrono::nanoseconds> seen;
  for (int round = 0; round < 20; ++round) {
    seen.insert(Backoff(milliseconds(100), milliseconds(500)).next());
  }
  EXPECT_GT(seen.size(), 10U);
}

TEST(Backoff, ARestartBeginsWithTheFirstPause) {
  Backoff pause(milliseconds(100), std::chrono::seconds(100));
  for (int i = 0; i < 5; ++i) static_cast<void>(pause.next());
  pause.restart();
  EXPECT_LE(pause.next(), milliseconds(125));
}

}  // namespace
}  // namespace fletching
