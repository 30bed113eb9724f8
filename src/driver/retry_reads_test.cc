// SPDX-License-Identifier: Apache-2.0
#include "driver/retry_reads.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using std::chrono::milliseconds;

Error unavailable() { return {Code::kIo, "away", "08006", 14}; }

TEST(RetryReads, PassingFailuresAreThoseOfANetwork) {
  EXPECT_TRUE(is_passing_failure(unavailable()));
  EXPECT_TRUE(is_passing_failure(Error(Code::kIo, "lost", "08006")));
  EXPECT_FALSE(is_passing_failure(Error(Code::kIo, "in doubt", "08007")));
  EXPECT_FALSE(is_passing_failure(Error(Code::kInternal, "bug", "XX000", 13)));
  EXPECT_FALSE(is_passing_failure(Error(Code::kTimeout, "late", "HYT00", 4)));
  EXPECT_FALSE(is_passing_failure(Error(Code::kCancelled, "stop", "57014")));
}

TEST(RetryReads, TriesAsOftenAsItIsAllowed) {
  RetryReads retry(2, std::chrono::seconds(10));
  EXPECT_TRUE(retry.again(unavailable(), Wait{}));
  EXPECT_TRUE(retry.again(unavailable(), Wait{}));
  EXPECT_FALSE(retry.again(unavailable(), Wait{}));
}

TEST(RetryReads, NeverWhatMayChangeData) {
  RetryReads retry(0, std::chrono::seconds(10));
  EXPECT_FALSE(retry.again(unavailable(), Wait{}));
}

TEST(RetryReads, AnotherFailureIsFinal) {
  RetryReads retry(5, std::chrono::seconds(10));
  EXPECT_FALSE(retry.again(Error(Code::kNotFound, "no table", "42S02", 5), Wait{}));
}

// A pause that would outlast the deadline or the budget tells less than the error.
TEST(RetryReads, DoesNotSleepPastADeadline) {
  RetryReads retry(5, std::chrono::seconds(10));
  Wait wait;
  wait.deadline = Deadline::after(milliseconds(10));
  EXPECT_FALSE(retry.again(unavailable(), wait));
  RetryReads poor(5, milliseconds(10));
  EXPECT_FALSE(poor.again(unavailable(), Wait{}));
}

TEST(RetryReads, ABudgetOfNothingIsNoLimit) {
  RetryReads retry(1, std::chrono::nanoseconds(0));
  EXPECT_TRUE(retry.again(unavailable(), Wait{}));
}

TEST(RetryReads, ACancelEndsThePause) {
  CancelToken token;
  token.cancel();
  Wait wait;
  wait.cancel = &token;
  RetryReads retry(5, std::chrono::seconds(10));
  EXPECT_THROW(static_cast<void>(retry.again(unavailable(), wait)), Error);
}

}  // namespace
}  // namespace fletching
