// SPDX-License-Identifier: Apache-2.0
#include "transport/channel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <condition_variable>
#include <set>
#include <thread>

#include "transport/call.h"
#include "transport/channel_pool.h"
#include "transport/server_for_test.h"

namespace fletching {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Bytes = std::span<const uint8_t>;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Wait within(std::chrono::nanoseconds span) {
  Wait wait;
  wait.deadline = Deadline::after(span);
  return wait;
}

const Wait kWait = within(1h);  // the test runner's own limit is far shorter

ChannelOptions to(const ServerForTest& server) {
  ChannelOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  return options;
}

std::unique_ptr<Call> begin(Channel& channel, const std::string& path,
                            CallOptions options = {}) {
  options.path = path;
  return channel.start(std::move(options), kWait);
}

bool send(Call& call, std::string_view text, bool last = true) {
  const Bytes part = bytes_of(text);
  return call.write({&part, 1}, kWait, last);
}

std::unique_ptr<Call> request(Channel& channel, const std::string& path,
                              CallOptions options = {}) {
  auto call = begin(channel, path, std::move(options));
  send(*call, "request");
  return call;
}

struct Total {
  size_t messages = 0, bytes = 0;
};

Total drain(Call& call, const Wait& wait = kWait) {
  Total total;
  Message m;
  while (call.read(m, wait)) {
    ++total.messages;
    total.bytes += m.head.size() + m.body.size();
  }
  return total;
}

Error failure(Call& call, const Wait& wait = kWait) {
  try {
    drain(call, wait);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "the call succeeded";
  return Error(Code::kOk, "");
}

bool has(const Error& e, std::string_view part) {
  return e.message().find(part) != std::string::npos;
}

template <class F>
bool eventually(F&& condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
  return condition();
}

TEST(Channel, UnaryStreamingAndBidi) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  EXPECT_EQ(channel->peer().address, "127.0.0.1:" + std::to_string(server.port()));

  auto stream = request(*channel, "/t/Stream/100/1000");
  const Total total = drain(*stream);
  EXPECT_EQ(total.messages, 100u);
  EXPECT_EQ(total.bytes, 100'000u);
  EXPECT_EQ(find_header(stream->headers(kWait), "content-type"), "application/grpc");
  EXPECT_EQ(find_header(stream->trailers(), "grpc-status"), "0");

  auto echo = begin(*channel, "/t/Echo");
  Message m;
  for (int i = 0; i < 20; ++i) {
    const std::string text = "message " + std::to_string(i);
    ASSERT_TRUE(send(*echo, text, false));
    ASSERT_TRUE(echo->read(m, kWait));
    EXPECT_EQ(std::string(m.head.begin(), m.head.end()), text);
  }
  echo->half_close(kWait);
  EXPECT_FALSE(echo->read(m, kWait));
  EXPECT_EQ(server.connections(), 1);
}

TEST(Channel, SendsTheHeadersOfGrpc) {
  ServerForTest server;
  auto options = to(server);
  auto channel = Channel::connect(options, kWait);
  CallOptions call;
  call.headers = {{"x-tenant", "a b"}, {"raw-bin", "\x01\x02"s}};
  call.deadline = Deadline::after(30s);
  drain(*request(*channel, "/t/Stream/1/1", call));
  EXPECT_EQ(server.last_header("te"), "trailers");
  EXPECT_EQ(server.last_header("content-type"), "application/grpc");
  EXPECT_EQ(server.last_header("x-tenant"), "a b");
  EXPECT_EQ(server.last_header("raw-bin"), "AQI");
  EXPECT_TRUE(server.last_header("user-agent").starts_with("fletching/"));
  EXPECT_EQ(server.last_header("grpc-timeout").back(), 'u');
  EXPECT_EQ(server.last_header(":authority"),
            "127.0.0.1:" + std::to_string(server.port()));
}

TEST(Channel, GrpcTimeoutHasEightDigitsAtMost) {
  EXPECT_EQ(grpc_timeout(0ns), "1n");
  EXPECT_EQ(grpc_timeout(99'999'999ns), "99999999n");
  EXPECT_EQ(grpc_timeout(100'000'000ns), "100000u");
  EXPECT_EQ(grpc_timeout(30s), "30000000u");
  EXPECT_EQ(grpc_timeout(24h * 365), "31536000S");
}

// Messages of several windows, both ways at once, with a reader that comes late.
TEST(Channel, LargeMessagesBothWays) {
  ServerForTest server;
  auto options = to(server);
  options.stream_window = 128 * 1024;
  auto channel = Channel::connect(options, kWait);
  const std::string big(5 << 20, 'z');
  auto call = begin(*channel, "/t/Echo");
  std::thread writer([&] { EXPECT_TRUE(send(*call, big)); });
  writer.join();  // all of it is out though nothing was read
  Message m;
  ASSERT_TRUE(call->read(m, kWait));
  EXPECT_EQ(m.head.size(), big.size());
  EXPECT_FALSE(call->read(m, kWait));
}

// ---- flow control: three traps ----

TEST(ChannelFlow, ReadAheadIsBounded) {
  ServerForTest server;
  auto options = to(server);
  options.stream_window = 1 << 20;
  auto channel = Channel::connect(options, kWait);
  auto slow = request(*channel, "/t/Stream/400/100000");  // 40 MB
  Message m;
  ASSERT_TRUE(slow->read(m, kWait));
  // Others' work drives the connection; the slow call's messages may pile up only to
  // its window.
  for (int i = 0; i < 50; ++i) drain(*request(*channel, "/t/Stream/10/100000"));
  int queued = 0;
  while (slow->readable() && queued < 400) {
    ASSERT_TRUE(slow->read(m, within(5s)));
    ++queued;
    if (queued == 1) break;
  }
  EXPECT_EQ(drain(*slow).messages, 400u - 1 - static_cast<size_t>(queued));
}

TEST(ChannelFlow, MessageLargerThanTheWindowGetsThrough) {
  ServerForTest server;
  auto options = to(server);
  options.stream_window = 64 * 1024;
  auto channel = Channel::connect(options, kWait);
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/3/5000000"), within(20s)).bytes,
            15'000'000u);
}

TEST(ChannelFlow, CancelledStreamsDoNotStarveTheNext) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  for (int i = 0; i < 6; ++i) {
    auto call = request(*channel, "/t/Stream/100/1000000");
    Message m;
    ASSERT_TRUE(call->read(m, within(5s)));
    call->cancel();
  }
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/3/1000000"), within(20s)).messages, 3u);
  EXPECT_TRUE(eventually([&] { return channel->usable(); }));
}

TEST(ChannelFlow, StalledStreamDoesNotBlockItsNeighbour) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto stalled = request(*channel, "/t/Stream/1000/100000");
  Message m;
  ASSERT_TRUE(stalled->read(m, kWait));
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/1000/50000"), within(20s)).messages,
            1000u);
  EXPECT_EQ(drain(*stalled, within(20s)).messages, 999u);
}

// ---- ends ----

TEST(ChannelEnd, TrailersOnly) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Status/5");
  const Error e = failure(*call);
  EXPECT_EQ(e.code(), Code::kNotFound);
  EXPECT_EQ(e.vendor_code(), 5);
  EXPECT_EQ(e.message(), "5: as asked");
  EXPECT_EQ(find_header(call->trailers(), "grpc-status"), "5");
  EXPECT_EQ(find_header(call->headers(kWait), "grpc-status"), "5");
}

TEST(ChannelEnd, BlankAtTheEndOfAMessageSurvives) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Blank");
  EXPECT_TRUE(has(failure(*call), "syntax error near"));
}

TEST(ChannelEnd, GiantTrailerEndsTheCall) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Giant");
  const Error e = failure(*call, within(10s));
  EXPECT_NE(e.code(), Code::kTimeout) << e.message();
}

TEST(ChannelEnd, EarlyAnswerStopsTheWriter) {
  ServerForTest server({.window = 65535});
  auto channel = Channel::connect(to(server), kWait);
  for (const char* path : {"/t/Early", "/t/EarlyReset"}) {
    auto call = begin(*channel, path);
    const std::string chunk(1 << 20, 'x');
    bool taken = true;
    for (int i = 0; i < 50 && taken; ++i) {
      const Bytes part = bytes_of(chunk);
      taken = call->write({&part, 1}, within(10s));
    }
    EXPECT_FALSE(taken) << path;
    const Error e = failure(*call, within(10s));
    EXPECT_EQ(e.vendor_code(), 8) << path << ": " << e.message();
    EXPECT_TRUE(has(e, "enough"));
  }
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/1/1")).messages, 1u);
}

TEST(ChannelEnd, ResetsMapByTheTable) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto refused = request(*channel, "/t/Reset/7");
  const Error r = failure(*refused);
  EXPECT_EQ(r.vendor_code(), 14);
  EXPECT_TRUE(never_processed(r));
  auto internal = request(*channel, "/t/Reset/2");
  const Error i = failure(*internal);
  EXPECT_EQ(i.vendor_code(), 13);
  EXPECT_FALSE(never_processed(i));
  auto none = request(*channel, "/t/Reset/0");
  EXPECT_EQ(failure(*none).vendor_code(), 13);
}

TEST(ChannelEnd, MissingStatusIsAnError) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Cut");
  Message m;
  EXPECT_TRUE(call->read(m, kWait));
  EXPECT_TRUE(has(failure(*call), "without a status"));
}

TEST(ChannelEnd, HtmlPageIsNamed) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Html");
  const Error e = failure(*call);
  EXPECT_EQ(e.code(), Code::kNotImplemented);
  EXPECT_TRUE(has(e, "It works!")) << e.message();
}

TEST(ChannelEnd, LostConnectionMayHaveRunTheStatement) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Drop");
  const Error e = failure(*call);
  EXPECT_EQ(e.sqlstate(), "08006");
  EXPECT_TRUE(has(e, "may have run")) << e.message();
  EXPECT_FALSE(never_processed(e));
  EXPECT_FALSE(channel->usable());
  try {
    (void)begin(*channel, "/t/Stream/1/1");
    FAIL() << "a call began on a broken connection";
  } catch (const Error& broken) {
    EXPECT_EQ(broken.code(), Code::kIo);
    EXPECT_TRUE(never_processed(broken));
  }
}

TEST(ChannelEnd, LostConnectionUnderAHarmlessCallMayBeRetried) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.retry_safe = true;
  auto call = request(*channel, "/t/Drop", options);
  const Error e = failure(*call);
  EXPECT_TRUE(may_retry(e));
  EXPECT_FALSE(never_processed(e));
}

TEST(ChannelEnd, CallThatWasNeverSentWasNeverProcessed) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto unsent = begin(*channel, "/t/Echo");
  auto drop = request(*channel, "/t/Drop");
  (void)failure(*drop);
  EXPECT_FALSE(send(*unsent, "x"));
  EXPECT_TRUE(never_processed(failure(*unsent)));
}

TEST(ChannelEnd, DropIsNoticedBeforeTheNextCall) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  drain(*request(*channel, "/t/Stream/1/1"));
  server.drop_clients();
  EXPECT_TRUE(eventually([&] { return !channel->usable(); }));
}

TEST(ChannelEnd, GoAwayLetsCoveredCallsEnd) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  EXPECT_EQ(drain(*request(*channel, "/t/GoAway")).messages, 0u);
  EXPECT_FALSE(channel->usable());
}

TEST(ChannelEnd, GoAwayBelowProvesThatTheCallDidNotRun) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/GoAwayBelow");
  const Error e = failure(*call);
  EXPECT_TRUE(never_processed(e)) << e.message();
  EXPECT_TRUE(has(e, "too_many_pings")) << e.message();
}

// ---- limits of time ----

TEST(ChannelTime, DeadlineEndsTheCallAndTellsTheServer) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.deadline = Deadline::after(150ms);
  const auto began = Clock::now();
  auto call = request(*channel, "/t/Never", options);
  const Error e = failure(*call);
  EXPECT_EQ(e.code(), Code::kTimeout);
  EXPECT_EQ(e.vendor_code(), 4);
  EXPECT_LT(Clock::now() - began, 5s);
  EXPECT_TRUE(eventually([&] { return server.resets() == 1; }));
}

TEST(ChannelTime, FirstByteAndIdle) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.first_byte_timeout = 100ms;
  auto call = request(*channel, "/t/Never", options);
  EXPECT_TRUE(has(failure(*call), "first-byte"));
  // Headers came in time; then it is the idle limit's turn.
  options.first_byte_timeout = 10s;
  options.idle_timeout = 100ms;
  auto idle = request(*channel, "/t/Headers", options);
  EXPECT_TRUE(has(failure(*idle), "idle"));
}

TEST(ChannelTime, SlowConsumerIsNotAnIdleServer) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.idle_timeout = 200ms;
  auto call = request(*channel, "/t/Stream/3/10", options);
  Message m;
  ASSERT_TRUE(call->read(m, kWait));
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(drain(*call).messages, 2u);
}

TEST(ChannelTime, WaitThatEndsLeavesTheCallAlone) {
  ServerForTest server({.delay = 300ms});
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Echo");
  Message m;
  try {
    call->read(m, within(50ms));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kTimeout);
  }
  bool napped = false;
  EXPECT_FALSE(call->read(m, kWait, Deadline::after(20ms), &napped));
  EXPECT_TRUE(napped);
  EXPECT_TRUE(call->read(m, kWait, Deadline::never(), &napped));
  EXPECT_FALSE(napped);
}

TEST(ChannelTime, HalfOpenConnectionIsFound) {
  ServerForTest server;
  auto options = to(server);
  options.keepalive_after = 100ms;
  options.keepalive_timeout = 100ms;
  auto channel = Channel::connect(options, kWait);
  auto call = request(*channel, "/t/Freeze");
  const Error e = failure(*call, within(10s));
  EXPECT_EQ(e.sqlstate(), "08006");
  EXPECT_TRUE(has(e, "did not answer a PING")) << e.message();
}

TEST(ChannelTime, KeepaliveKeepsASlowQueryAlive) {
  ServerForTest server({.delay = 700ms});
  auto options = to(server);
  options.keepalive_after = 50ms;
  options.keepalive_timeout = 5s;
  auto channel = Channel::connect(options, kWait);
  EXPECT_EQ(drain(*request(*channel, "/t/Echo")).messages, 1u);
}

TEST(ChannelTime, IdleConnectionIsProvedFirst) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  auto call = request(*channel, "/t/Freeze");
  EXPECT_TRUE(eventually([&] { return server.requests() == 1; }));
  std::this_thread::sleep_for(5100ms);
  const auto began = Clock::now();
  try {
    (void)begin(*channel, "/t/Echo");
    FAIL() << "a dead connection was used";
  } catch (const Error& e) {
    EXPECT_TRUE(never_processed(e)) << e.message();
  }
  EXPECT_LT(Clock::now() - began, 3s);
}

TEST(ChannelTime, PingIsAnsweredWhileTheConsumerIsSlow) {
  ServerForTest server;
  auto options = to(server);
  options.stream_window = 65535;
  auto channel = Channel::connect(options, kWait);
  auto call = request(*channel, "/t/Stream/1000/10000");
  Message m;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(call->read(m, kWait));
    if (i % 10 == 0) server.ping_clients();
    std::this_thread::sleep_for(15ms);
  }
  EXPECT_GE(server.pongs(), 3);
}

TEST(ChannelTime, PingMeasuresARoundTrip) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  EXPECT_GT(channel->ping(within(5s)), 0ns);
}

// ---- streams at a time ----

TEST(ChannelStreams, CallsBeyondTheServersLimitQueue) {
  ServerForTest server({.max_streams = 1});
  auto channel = Channel::connect(to(server), kWait);
  auto first = begin(*channel, "/t/Echo");
  ASSERT_TRUE(send(*first, "a", false));
  Message m;
  ASSERT_TRUE(first->read(m, kWait));
  CallOptions options;
  options.deadline = Deadline::after(200ms);
  auto queued = begin(*channel, "/t/Stream/1/1", options);
  queued->half_close(kWait);
  EXPECT_EQ(failure(*queued).code(), Code::kTimeout);  // and does not hang
  first->half_close(kWait);
  EXPECT_EQ(drain(*first).messages, 0u);
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/1/1"), within(5s)).messages, 1u);
}

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

}  // namespace
}  // namespace fletching
