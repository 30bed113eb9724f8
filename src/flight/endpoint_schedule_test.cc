// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_schedule.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace fletching {
namespace {

TEST(EndpointSchedule, OpensAheadUpToItsWidthAndReadsInOrder) {
  EndpointSchedule schedule(4, 2);
  EXPECT_EQ(schedule.to_open(), 0u);
  schedule.opened();
  EXPECT_EQ(schedule.to_open(), 1u);
  schedule.opened();
  EXPECT_FALSE(schedule.to_open());
  EXPECT_EQ(schedule.current(), 0u);
  schedule.ended();
  EXPECT_EQ(schedule.current(), 1u);
  EXPECT_EQ(schedule.to_open(), 2u);
  schedule.opened();
  schedule.ended();
  EXPECT_EQ(schedule.to_open(), 3u);
  schedule.opened();
  EXPECT_FALSE(schedule.to_open());
  schedule.ended();
  schedule.ended();
  EXPECT_TRUE(schedule.done());
}

TEST(EndpointSchedule, NoEndpointIsDoneAtOnce) {
  const EndpointSchedule schedule(0, 8);
  EXPECT_TRUE(schedule.done());
  EXPECT_FALSE(schedule.to_open());
}

TEST(EndpointSchedule, AFailureShowsWhenItsEndpointsTurnComes) {
  EndpointSchedule schedule(5, 3);
  schedule.opened();
  schedule.open_failed(std::make_exception_ptr(std::runtime_error("x")));
  EXPECT_FALSE(schedule.to_open()) << "nothing after a failure can be handed out";
  EXPECT_FALSE(schedule.failure());
  schedule.ended();
  EXPECT_TRUE(schedule.failure());
}

TEST(EndpointSchedule, NonsenseConcurrencyIsOne) {
  EXPECT_EQ(EndpointSchedule(3, 0).width(), 1u);
  EXPECT_EQ(EndpointSchedule(3, -5).width(), 1u);
  EXPECT_EQ(EndpointSchedule(3, 100).width(), 3u);
}

TEST(Window, SharesTheBudgetWithinBounds) {
  constexpr int64_t kMiB = 1 << 20;
  EXPECT_EQ(window_of(64 * kMiB, 8, 8 << 20), 8u << 20);
  EXPECT_EQ(window_of(64 * kMiB, 32, 8 << 20), 2u << 20);
  EXPECT_EQ(window_of(64 * kMiB, 1, 8 << 20), 8u << 20);
  EXPECT_EQ(window_of(1, 8, 8 << 20), 64u << 10);
  EXPECT_EQ(window_of(0, 0, 0), 64u << 10);
}

}  // namespace
}  // namespace fletching
