// SPDX-License-Identifier: Apache-2.0
#include "transport/keepalive.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using namespace std::chrono_literals;
using Action = Keepalive::Action;

const Clock::time_point kStart{};

TEST(Keepalive, AsksAfterSilenceAndGivesUp) {
  Keepalive k(30s, 20s, kStart);
  EXPECT_EQ(k.due(kStart + 29s), Action::kNone);
  EXPECT_EQ(k.due(kStart + 30s), Action::kPing);
  EXPECT_EQ(k.due(kStart + 49s), Action::kNone);
  EXPECT_EQ(k.due(kStart + 50s), Action::kDead);
}

TEST(Keepalive, AnyByteIsASignOfLife) {
  Keepalive k(30s, 20s, kStart);
  EXPECT_EQ(k.due(kStart + 30s), Action::kPing);
  k.received(kStart + 31s, false);
  EXPECT_EQ(k.due(kStart + 55s), Action::kNone);
}

// gRPC servers count three PINGs within five minutes without data between as abuse.
TEST(Keepalive, NeverAnnoysAServerInALongSilence) {
  Keepalive k(30s, 20s, kStart);
  std::vector<Clock::time_point> pings;
  for (auto now = kStart; now < kStart + 1h; now += 1s) {
    if (k.due(now) == Action::kPing) {
      pings.push_back(now);
      k.received(now + 1s, false);
    }
  }
  ASSERT_GT(pings.size(), 5u);
  int strikes = 0;
  for (size_t i = 1; i < pings.size(); ++i)
    strikes += pings[i] - pings[i - 1] < 5min ? 1 : 0;
  EXPECT_LE(strikes, 1);
}

TEST(Keepalive, DataBeginsAnew) {
  Keepalive k(30s, 20s, kStart);
  EXPECT_EQ(k.due(kStart + 30s), Action::kPing);
  k.received(kStart + 30s, true);
  EXPECT_EQ(k.due(kStart + 60s), Action::kPing);
}

TEST(Keepalive, ZeroMeansNever) {
  Keepalive k(0s, 20s, kStart);
  EXPECT_EQ(k.next(), Clock::time_point::max());
}

}  // namespace
}  // namespace fletching
