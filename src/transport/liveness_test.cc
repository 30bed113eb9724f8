// SPDX-License-Identifier: Apache-2.0
// A connection on which somebody gave up proves that it lives before it is used again.
#include <gtest/gtest.h>

#include "transport/calls_for_test.h"
#include "transport/channel.h"

namespace fletching {
namespace {

using namespace testing_calls;

// A call on a server that from now on neither reads nor writes.
std::unique_ptr<Call> frozen_call(Channel& channel, ServerForTest& server) {
  auto call = request(channel, "/t/Freeze");
  EXPECT_TRUE(eventually([&] { return server.requests() == 1; }));
  return call;
}

void expect_refused_soon(Channel& channel, std::chrono::nanoseconds soon) {
  const auto began = Clock::now();
  try {
    (void)begin(channel, "/t/Echo");
    FAIL() << "a dead connection was used";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kIo);
    EXPECT_TRUE(never_processed(e)) << e.message();
    EXPECT_TRUE(has(e, "no sign of life")) << e.message();
  }
  EXPECT_LT(Clock::now() - began, soon);
}

TEST(Liveness, ADeadConnectionIsLeftAfterACancel) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = frozen_call(*channel, server);
  call->cancel();
  EXPECT_EQ(failure(*call).code(), Code::kCancelled);
  expect_refused_soon(*channel, 3s);
  EXPECT_FALSE(channel->usable());
}

TEST(Liveness, ADeadConnectionIsLeftAfterADeadline) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.deadline = Deadline::after(150ms);
  auto call = request(*channel, "/t/Freeze", options);
  EXPECT_EQ(failure(*call).code(), Code::kTimeout);
  expect_refused_soon(*channel, 3s);
}

// The sign was asked for when the call ended, so by now it is overdue.
TEST(Liveness, ASignThatIsOverdueIsNotWaitedFor) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = frozen_call(*channel, server);
  call.reset();
  std::this_thread::sleep_for(2100ms);
  expect_refused_soon(*channel, 200ms);
}

// The wait ended, the call did not: somebody pressed Ctrl-C and kept the cursor.
TEST(Liveness, AWaitThatWasGivenUpIsEnough) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto kept = frozen_call(*channel, server);
  Message m;
  EXPECT_THROW((void)kept->read(m, within(200ms)), Error);
  expect_refused_soon(*channel, 3s);
  EXPECT_FALSE(channel->usable());
  // The call itself is judged by the keepalive alone.
  bool napped = false;
  EXPECT_FALSE(kept->read(m, kWait, Deadline::after(20ms), &napped));
  EXPECT_TRUE(napped);
}

TEST(Liveness, AServerThatIsOnlySlowToAnswerKeepsItsConnection) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  for (int i = 0; i < 6; ++i) {
    CallOptions options;
    options.deadline = Deadline::after(120ms);
    EXPECT_EQ(failure(*request(*channel, "/t/Never", options)).code(), Code::kTimeout);
    const auto began = Clock::now();
    auto given_up = request(*channel, "/t/Never");
    Message m;
    EXPECT_THROW((void)given_up->read(m, within(120ms)), Error);
    EXPECT_EQ(drain(*request(*channel, "/t/Stream/2/10")).messages, 2u);
    EXPECT_LT(Clock::now() - began, 1s);
  }
  EXPECT_TRUE(eventually([&] { return channel->usable(); }))
      << "the last reset is seen";
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.pings(), 0) << "gRPC servers count PINGs as abuse";
}

// What had arrived before, unread because nobody waited, is no sign of life.
TEST(Liveness, OldDataAreNoSign) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto unread = request(*channel, "/t/Stream/20/1000");
  auto frozen = request(*channel, "/t/Freeze");
  EXPECT_TRUE(eventually([&] { return server.requests() == 2; }));
  std::this_thread::sleep_for(5100ms);
  unread.reset();
  frozen.reset();
  expect_refused_soon(*channel, 3s);
}

}  // namespace
}  // namespace fletching
