// SPDX-License-Identifier: Apache-2.0
// Several threads, connections and owners: leading and following, cancelling, the pool.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "transport/calls_for_test.h"
#include "transport/channel.h"
#include "transport/channel_pool.h"

namespace fletching {
namespace {

using namespace testing_calls;

// ---- threads ----

TEST(ChannelThreads, CancelFromAnotherThreadWakesTheReader) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Never");
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    call->cancel();
  });
  const auto began = Clock::now();
  const Error e = failure(*call, within(20s));
  other.join();
  EXPECT_EQ(e.code(), Code::kCancelled);
  EXPECT_LT(Clock::now() - began, 5s);
  EXPECT_TRUE(eventually([&] { return server.resets() == 1; }));
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/2/10")).messages,
            2u);  // not the next one
}

TEST(ChannelThreads, CancelAfterTheEndIsNothing) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Stream/1/1");
  drain(*call);
  call->cancel();
  Message m;
  EXPECT_FALSE(call->read(m, kWait));
  EXPECT_EQ(server.resets(), 0);
}

TEST(ChannelThreads, CancelWithMessagesQueuedIsNeverAQuietEnd) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Stream/5/10");
  Message m;
  ASSERT_TRUE(call->read(m, kWait));
  channel->ping(kWait);  // by now all has come, the status too
  call->cancel();
  EXPECT_EQ(failure(*call).code(), Code::kCancelled);
}

TEST(ChannelThreads, CancelTokenEndsTheWait) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Never");
  CancelToken token;
  Wait wait = within(20s);
  wait.cancel = &token;
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    token.cancel();
  });
  EXPECT_EQ(failure(*call, wait).code(), Code::kCancelled);
  other.join();
}

TEST(ChannelThreads, ManyShareOneConnection) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  std::vector<std::thread> threads;
  std::atomic<size_t> messages{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        if ((i + t) % 7 == 0) {
          auto call = request(*channel, "/t/Stream/50/10000");
          Message m;
          (void)call->read(m, kWait);  // and dropped in the middle
          continue;
        }
        messages += drain(*request(*channel, "/t/Stream/20/3000")).messages;
      }
    });
  }
  for (auto& t : threads) t.join();
  size_t calls = 0;
  for (int t = 0; t < 8; ++t) {
    for (int i = 0; i < 40; ++i) calls += (i + t) % 7 == 0 ? 0 : 1;
  }
  EXPECT_EQ(messages, calls * 20);
  EXPECT_EQ(server.connections(), 1);
}

// The leader goes before the follower's answer has come; the follower must take over.
TEST(ChannelThreads, AFollowerTakesTheLead) {
  ServerForTest server({.delay = 600ms});
  auto channel = Channel::connect(to(server), kWait);
  std::thread leader([&] {
    auto never = request(*channel, "/t/Never");
    Message m;
    bool napped = false;
    EXPECT_FALSE(never->read(m, kWait, Deadline::after(300ms), &napped));
    EXPECT_TRUE(napped);
  });
  std::this_thread::sleep_for(100ms);
  std::thread follower([&] {
    auto echo = request(*channel, "/t/Echo");
    EXPECT_EQ(drain(*echo, within(20s)).messages, 1u);
  });
  leader.join();
  follower.join();
}

class CountingTick final : public Tick {
 public:
  void tick() override {
    ++count;
    if (action) action();
  }
  std::atomic<int> count{0};
  std::function<void()> action;
};

TEST(ChannelThreads, TicksWhileItWaitsAndATickMayUseTheConnection) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Never");
  CountingTick tick;
  size_t inner = 0;
  tick.action = [&] {
    if (tick.count == 2)
      inner = drain(*request(*channel, "/t/Stream/3/10"), within(5s)).messages;
    if (tick.count == 4) throw Error(Code::kCancelled, "interrupted");
  };
  Wait wait = within(20s);
  wait.tick = &tick;
  const auto began = Clock::now();
  EXPECT_TRUE(has(failure(*call, wait), "interrupted"));
  EXPECT_LT(Clock::now() - began, 2s);
  EXPECT_EQ(inner, 3u);
}

TEST(ChannelThreads, InterruptedWriteResetsTheCall) {
  ServerForTest server({.window = 65535});
  auto channel = Channel::connect(to(server), kWait);
  auto call = begin(*channel, "/t/Never");
  {
    const std::string big(40 << 20, 'x');
    const Bytes part = bytes_of(big);
    // /t/Never reads what comes, so its window never closes; the wait is what ends.
    CancelToken token;
    token.cancel();
    Wait wait = within(20s);
    wait.cancel = &token;
    EXPECT_THROW(call->write({&part, 1}, wait), Error);
  }  // its memory is gone
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/3/100000"), within(10s)).messages, 3u);
  EXPECT_EQ(failure(*call).code(), Code::kCancelled);
}

TEST(ChannelThreads, WaitAnyOverTwoChannels) {
  ServerForTest one({.delay = 400ms}), two({.delay = 50ms});
  auto a = Channel::connect(to(one), kWait);
  auto b = Channel::connect(to(two), kWait);
  auto slow = request(*a, "/t/Echo");
  auto fast = request(*b, "/t/Echo");
  Call* const calls[] = {slow.get(), fast.get()};
  EXPECT_EQ(wait_any(calls, within(10s)), 1u);
  EXPECT_EQ(wait_any(std::span(calls).first(1), within(10s), Deadline::after(10ms)),
            1u);
  EXPECT_EQ(wait_any(std::span(calls).first(1), within(10s)), 0u);
  EXPECT_EQ(drain(*slow).messages, 1u);
  EXPECT_EQ(drain(*fast).messages, 1u);
}

TEST(ChannelThreads, WaitAnyHonoursDeadlinesOfCalls) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.deadline = Deadline::after(100ms);
  auto never = request(*channel, "/t/Never");
  auto ends = request(*channel, "/t/Never", options);
  Call* const calls[] = {never.get(), ends.get()};
  EXPECT_EQ(wait_any(calls, within(10s)), 1u);
  EXPECT_EQ(failure(*ends).code(), Code::kTimeout);
}

TEST(ChannelThreads, CloseWakesWhoWaits) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Never");
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    channel->close();
  });
  const Error e = failure(*call, within(20s));
  other.join();
  EXPECT_TRUE(has(e, "closed")) << e.message();
  EXPECT_FALSE(channel->usable());
}

TEST(ChannelThreads, DroppedCallIsReset) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  request(*channel, "/t/Never").reset();
  EXPECT_TRUE(eventually([&] { return server.resets() == 1; }));
}

// ---- the pool ----

TEST(ChannelPool, KeepsByIdentityAndDropsTheDead) {
  clear_channel_pool();
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  Channel* const same = channel.get();
  pool_channel("alice", std::move(channel));
  EXPECT_EQ(take_pooled_channel("bob"), nullptr);
  auto again = take_pooled_channel("alice");
  EXPECT_EQ(again.get(), same);
  EXPECT_EQ(take_pooled_channel("alice"), nullptr);
  pool_channel("alice", again);
  again.reset();
  server.drop_clients();
  EXPECT_TRUE(eventually(
      [] { return take_pooled_channel("x") == nullptr && pooled_channels() == 0; }));
}

TEST(ChannelPool, IsBounded) {
  clear_channel_pool();
  ServerForTest server;
  for (size_t i = 0; i < kPooledPerIdentity + 3; ++i) {
    pool_channel("alice", Channel::connect(to(server), kWait));
  }
  EXPECT_EQ(pooled_channels(), kPooledPerIdentity);
  clear_channel_pool();
  EXPECT_EQ(pooled_channels(), 0u);
}

TEST(ChannelPool, IdleChannelsExpire) {
  clear_channel_pool();
  ServerForTest server;
  auto options = to(server);
  options.idle_discard = 50ms;
  pool_channel("alice", Channel::connect(options, kWait));
  EXPECT_EQ(pooled_channels(), 1u);
  std::this_thread::sleep_for(80ms);
  EXPECT_EQ(take_pooled_channel("alice"), nullptr);
}

// A gigabyte of gzip: ticks, cancels, naps and other calls do not wait for it.
TEST(Bomb, EverybodyIsHeardWhileItIsDecompressed) {
  class CountingTick final : public Tick {
   public:
    void tick() override {
      longest = std::max(longest, Clock::now() - last);
      last = Clock::now();
      if (++ticks == 5) throw Error(Code::kInvalidState, "a signal handler's");
    }
    int ticks = 0;
    Clock::time_point last = Clock::now();
    std::chrono::nanoseconds longest{0};
  };
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Bomb");
  Message m;
  // It is all there before the clock starts.
  EXPECT_TRUE(eventually([&] {
    Call* const calls[] = {call.get()};
    return wait_any(calls, kWait, Deadline::after(10ms)) == 0;
  }));

  CountingTick tick;
  Wait ticking = kWait;
  ticking.tick = &tick;
  try {
    call->read(m, ticking);
    ADD_FAILURE() << "decompressed before the fifth tick";
  } catch (const Error& e) {
    EXPECT_TRUE(has(e, "a signal handler's")) << e.message();
  }
  EXPECT_LT(tick.longest, 100ms * kPatience);

  EXPECT_TRUE(call->readable());
  bool napped = false;
  const auto began = Clock::now();
  EXPECT_FALSE(call->read(m, kWait, Deadline::after(10ms), &napped));
  EXPECT_TRUE(napped);
  EXPECT_LT(Clock::now() - began, 100ms * kPatience);
  EXPECT_THROW((void)call->read(m, within(10ms)), Error);

  std::atomic<Clock::time_point> cancelled_at{Clock::time_point{}};
  std::thread other([&] {
    const auto start = Clock::now();
    EXPECT_EQ(drain(*request(*channel, "/t/Stream/5/100")).messages, 5u);
    EXPECT_LT(Clock::now() - start, 500ms * kPatience);
    cancelled_at = Clock::now();
    call->cancel();
  });
  try {
    while (call->read(m, kWait)) {
    }
    ADD_FAILURE() << "not cancelled";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kCancelled) << e.message();
  }
  EXPECT_LT(Clock::now() - cancelled_at.load(), 100ms * kPatience);
  other.join();
  EXPECT_THROW((void)call->read(m, kWait), Error);
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/5/100")).messages, 5u);
}

TEST(Bomb, IsDecompressedIfNobodyMinds) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Bomb");
  Message m;
  ASSERT_TRUE(call->read(m, kWait));
  EXPECT_EQ(m.head.size(), size_t{1} << 30);
  EXPECT_FALSE(call->read(m, kWait));
}

}  // namespace
}  // namespace fletching
