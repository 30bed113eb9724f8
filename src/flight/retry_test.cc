// SPDX-License-Identifier: Apache-2.0
#include "flight/retry.h"

#include <gtest/gtest.h>

#include "transport/grpc_status.h"

namespace fletching {
namespace {

using Next = RetryRule::Next;

Error unavailable(CallStatus::Processed processed) {
  return error_of_status({Grpc::kUnavailable, "gone", processed}, "GetFlightInfo", {},
                         {});
}

TEST(RetryRule, WhatMayHaveRunIsNeverSentTwice) {
  RetryRule rule(false);
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kMaybe), false, false),
            Next::kGiveUp);
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kLost), false, false),
            Next::kGiveUp);
}

TEST(RetryRule, WhatTheServerNeverSawIsSentAgainAFewTimes) {
  RetryRule rule(false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kNever), false, false),
              Next::kSendAgain);
  }
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kNever), false, false),
            Next::kGiveUp);
}

TEST(RetryRule, ReadsSurviveOneLostConnection) {
  RetryRule rule(true);
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kLost), false, false),
            Next::kSendAgain);
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kLost), false, false),
            Next::kGiveUp);
}

TEST(RetryRule, OtherErrorsOfReadsStand) {
  RetryRule rule(true);
  const Error full = error_of_status({Grpc::kResourceExhausted, "full"}, "x", {}, {});
  EXPECT_EQ(rule.after(full, false, false), Next::kGiveUp);
}

TEST(RetryRule, LogsInAgainOnce) {
  const Error refused = error_of_status({Grpc::kUnauthenticated, "old"}, "x", {}, {});
  RetryRule rule(false);
  EXPECT_EQ(rule.after(refused, false, true), Next::kLogInAgain);
  EXPECT_EQ(rule.after(refused, false, true), Next::kGiveUp);
  RetryRule without(false);
  EXPECT_EQ(without.after(refused, false, false), Next::kGiveUp);
}

TEST(RetryRule, NothingIsSentAgainAfterAnAnswer) {
  RetryRule rule(true);
  EXPECT_EQ(rule.after(unavailable(CallStatus::Processed::kNever), true, true),
            Next::kGiveUp);
}

}  // namespace
}  // namespace fletching
