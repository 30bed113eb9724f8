// SPDX-License-Identifier: Apache-2.0
#include "transport/channel.h"

#include <gtest/gtest.h>

#include <thread>

#include "transport/call.h"
#include "transport/calls_for_test.h"

namespace fletching {
namespace {

using namespace testing_calls;

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

// Servers know the deadline, and some end what they do for it as cancelled.
TEST(ChannelTime, ACancelOfTheServersAtTheDeadlineIsATimeout) {
  ServerForTest server;
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.deadline = Deadline::after(15ms);  // so near that it is the cause
  EXPECT_EQ(failure(*request(*channel, "/t/Status/1", options)).code(), Code::kTimeout);
  options.deadline = Deadline::after(60s);
  EXPECT_EQ(failure(*request(*channel, "/t/Status/1", options)).code(),
            Code::kCancelled);
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

TEST(ChannelTime, FirstByteIsCountedFromTheEndOfAnUpload) {
  ServerForTest server({.window = 65535});
  auto channel = Channel::connect(to(server), kWait);
  CallOptions options;
  options.first_byte_timeout = 250ms;
  auto slow_writer = begin(*channel, "/t/Stream/1/1", options);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(send(*slow_writer, std::string(100'000, 'u'), false));
    std::this_thread::sleep_for(100ms);
  }
  std::this_thread::sleep_for(300ms);
  ASSERT_TRUE(send(*slow_writer, "end"));
  EXPECT_EQ(drain(*slow_writer).messages, 1u);

  auto deaf = begin(*channel, "/t/Deaf", options);
  bool taken = true;
  for (int i = 0; i < 50 && taken; ++i) {
    taken = send(*deaf, std::string(100'000, 'u'), false);
  }
  EXPECT_FALSE(taken);
  EXPECT_TRUE(has(failure(*deaf), "first-byte"));

  auto silent = begin(*channel, "/t/Never", options);
  const auto began = Clock::now();
  ASSERT_TRUE(send(*silent, "an upload"));
  EXPECT_TRUE(has(failure(*silent), "first-byte"));
  EXPECT_LT(Clock::now() - began, 2s);
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

TEST(ChannelTime, CallsToDriveOnlyMoveOnAndEndNoWait) {
  ServerForTest near;
  ServerForTest far;
  auto here = Channel::connect(to(near), kWait);
  auto there = Channel::connect(to(far), kWait);
  auto waited = request(*here, "/t/Never");
  auto full = request(*there, "/t/Stream/3/10");
  Message m;
  ASSERT_TRUE(full->read(m, kWait));
  EXPECT_TRUE(full->readable());
  CallOptions options;
  options.first_byte_timeout = 100ms;
  options.idle_timeout = 100ms;
  auto overdue = request(*there, "/t/Never", options);
  auto unread = request(*there, "/t/Stream/3/20", options);
  far.ping_clients();
  Call* const calls[] = {waited.get()};
  Call* const driven[] = {full.get(), overdue.get(), unread.get()};
  EXPECT_EQ(wait_any(calls, kWait, Deadline::after(400ms), driven), 1u);
  EXPECT_GE(far.pongs(), 1);
  EXPECT_TRUE(overdue->readable());
  EXPECT_TRUE(has(failure(*overdue), "first-byte"));
  EXPECT_EQ(drain(*unread).messages, 3u);
  EXPECT_EQ(drain(*full).messages, 2u);
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

}  // namespace
}  // namespace fletching
