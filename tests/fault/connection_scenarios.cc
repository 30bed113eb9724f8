// SPDX-License-Identifier: Apache-2.0
// Connections and streams that end, stall or break the rules of HTTP/2. All of them may
// be moved with at=info or at=get. Whatever stands for "may have run" must not be sent
// twice; the server's count of executions tells.
#include <algorithm>

#include "proto.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kAll31 = 0x7FFFFFFF;

// What an honest server would have answered at this place.
Script honest(Context& context) {
  return context.place == Place::kInfo ? plain_info(context) : plain_get(context);
}

bool first_time(const Context& context) {
  return context.attempt <= context.number("times", 1);
}

uint32_t id_of(const Context& context) {
  return static_cast<uint32_t>(context.request.stream);
}

void forget(Context& context) {
  if (context.place == Place::kInfo) context.not_executed();
}

Script goaway_below(Context& context) {
  if (!first_time(context)) return honest(context);
  forget(context);
  return Script().goaway(std::max(id_of(context), 2U) - 2, 0, "maintenance").close();
}

Script goaway_above(Context&) {
  return Script().goaway(kAll31, 0, "maintenance").sleep(milliseconds(50)).close();
}

Script goaway_mid_stream(Context& context) {
  auto out = first_rows(context);
  out.goaway(id_of(context), 0, "maintenance").sleep(milliseconds(50));
  return out.ipc(plain_batch(3, 3)).status(0);
}

Script goaway_graceful(Context& context) {
  auto out = first_rows(context);
  out.goaway(kAll31, 0, "soon")
      .sleep(milliseconds(30))
      .goaway(id_of(context), 0, "now");
  return out.ipc(plain_batch(3, 3)).status(0);
}

Script goaway_cut(Context& context) {
  auto out = first_rows(context);
  return out.goaway(id_of(context), 0, "maintenance").close();
}

Script goaway_calm(Context& context) {
  return first_rows(context).goaway(id_of(context), 11, "too_many_pings").close();
}

Script reset_at_once(Context& context) {
  auto code = static_cast<uint32_t>(context.number("code", 7));
  if (!first_time(context)) return honest(context);
  if (code == 7) forget(context);
  return Script().reset(code);
}

Script reset_mid_stream(Context& context) {
  auto out = first_rows(context);
  out.sleep(milliseconds(30));  // the rows are to arrive
  return out.reset(static_cast<uint32_t>(context.number("code", 2)));
}

Script status_then_reset(Context& context) {
  auto out = context.place == Place::kInfo ? plain_info(context) : plain_get(context);
  return out.reset(static_cast<uint32_t>(context.number("code", 0)));
}

Script eof(Context& context) {
  if (!first_time(context)) return honest(context);
  return Script().close();
}

Script abort(Context& context) {
  if (!first_time(context)) return honest(context);
  return Script().abort();
}

Script eof_mid_stream(Context& context) { return first_rows(context).close(); }

Script abort_mid_stream(Context& context) {
  return first_rows(context).sleep(milliseconds(30)).abort();
}

Script eof_mid_frame(
    Context& context) {  // a DATA frame of 100 bytes that stops after 3
  auto out = first_rows(context);
  return out.raw(h2_frame(0, 0, id_of(context), std::string(100, '\0')).substr(0, 12))
      .close();
}

Script half_open(Context& context) { return first_rows(context).freeze(); }

Script never(Context&) { return Script().hang(); }

Script never_after_headers(Context&) { return Script().headers().hang(); }

Script stall(Context& context) { return first_rows(context).hang(); }

Script slow_drip(Context& context) {
  auto pace = milliseconds(context.number("ms", 50));
  Script out;
  out.headers().ipc(plain_schema());
  auto frame = grpc_frame(flight_data(plain_batch(0, 3)));
  auto drops = static_cast<size_t>(context.number("drops", 30));
  for (size_t i = 0; i < drops; ++i) out.data(frame.substr(i, 1)).sleep(pace);
  return out.data(frame.substr(drops)).status(0);
}

Script slow(Context& context) {
  auto out = honest(context);
  Step wait{Step::Kind::kSleep};
  wait.wait = milliseconds(context.number("ms", 300));
  out.steps.push_front(wait);
  return out;
}

Script server_pings(Context& context) {
  auto out = first_rows(context);
  for (int64_t i = 1; i <= context.number("n", 20); ++i) {
    out.ping().sleep(milliseconds(context.number("ms", 20)));
    out.ipc(plain_batch(i * 3, 3));
  }
  return out.await_pong(milliseconds(2000)).status(0);
}

// More rows than the client's window, so that it must be asked while it reads slowly.
Script pings_while_slow(Context& context) {
  auto out = first_rows(context);
  auto block = plain_batch(0, 20000);
  for (int64_t i = 0; i < context.number("n", 60); ++i) {
    if (i % 10 == 0) out.ping();
    out.ipc(block);
  }
  return out.await_pong(milliseconds(5000)).status(0);
}

Script unknown_stream(Context& context) {
  auto out = first_rows(context);
  auto id = id_of(context);
  auto other = context.arg("stream", "future") == "future" ? id + 1000 : id + 1;
  return out.raw(h2_frame(0, 0, other, "data for nobody"))
      .ipc(plain_batch(3, 3))
      .status(0);
}

Script closed_stream(Context& context) {  // data for the stream of an earlier call
  auto out = first_rows(context);
  auto id = id_of(context);
  if (id > 1) out.raw(h2_frame(0, 0, id - 2, "data for the dead"));
  return out.ipc(plain_batch(3, 3)).status(0);
}

Script data_after_end(Context& context) {
  auto out = plain_get(context);
  return out.raw(h2_frame(0, 0, id_of(context), "one thing more"));
}

Script push_promise(Context& context) {
  auto out = first_rows(context);
  // promised stream 2; :method GET, :path /, :scheme http from the static table
  auto payload = big_endian(2) + "\x82\x84\x86";
  return out.raw(h2_frame(5, 4, id_of(context), payload))
      .ipc(plain_batch(3, 3))
      .status(0);
}

Script oversized_frame(Context& context) {
  auto size = static_cast<size_t>(context.number("mb", 15)) << 20;
  return first_rows(context).raw(
      h2_frame(0, 0, id_of(context), std::string(size, 'x')));
}

Script window_overflow(Context& context) {  // 24 MiB whatever the client's window is
  auto out = first_rows(context);
  std::string frames;
  for (int i = 0; i < 24 * 64; ++i) {
    frames += h2_frame(0, 0, id_of(context), std::string(16384, 'x'));
  }
  return out.raw(frames).status(0);
}

Script bad_header_block(Context& context) {
  return Script().raw(h2_frame(1, 4, id_of(context), std::string(40, '\xFF')));
}

Script header_flood(Context& context) {  // CONTINUATION without end
  Script out;
  out.raw(h2_frame(1, 0, id_of(context), "\x88"));
  std::string field("\0\x03x-f\x7F\x81\x03", 8);
  field += std::string(512, 'v');
  std::string frames;
  for (int i = 0; i < 2000; ++i)
    frames += h2_frame(9, 0, id_of(context), field + field);
  return out.raw(frames).hang();
}

Script window_zero(Context& context) {  // WINDOW_UPDATE of 0 is a protocol error
  return first_rows(context)
      .raw(h2_frame(8, 0, id_of(context), big_endian(0)))
      .ipc(plain_batch(3, 3))
      .status(0);
}

Script window_huge(Context& context) {
  return first_rows(context)
      .raw(h2_frame(8, 0, 0, big_endian(kAll31)))
      .raw(h2_frame(8, 0, 0, big_endian(kAll31)))
      .ipc(plain_batch(3, 3))
      .status(0);
}

Script settings_flood(Context& context) {
  std::string frames;
  for (int i = 0; i < 5000; ++i) frames += h2_frame(4, 0, 0, "");
  return first_rows(context).raw(frames).ipc(plain_batch(3, 3)).status(0);
}

Script ping_flood(Context& context) {
  std::string frames;
  for (int i = 0; i < 5000; ++i) frames += h2_frame(6, 0, 0, "12345678");
  return first_rows(context).raw(frames).ipc(plain_batch(3, 3)).status(0);
}

Script odd_settings(Context& context) {  // INITIAL_WINDOW_SIZE above 2^31-1
  std::string payload("\0\x04\xFF\xFF\xFF\xFF", 6);
  return first_rows(context)
      .raw(h2_frame(4, 0, 0, payload))
      .ipc(plain_batch(3, 3))
      .status(0);
}

Script unknown_frames(Context& context) {  // must be ignored (RFC 9113, 4.1)
  auto out = first_rows(context);
  out.raw(h2_frame(0x40, 0xFF, 0, "what is this"))
      .raw(h2_frame(0x41, 0, id_of(context), ""));
  return out.ipc(plain_batch(3, 3)).status(0);
}

Script garbage_bytes(Context& context) {
  return first_rows(context).raw("HTTP/1.1 500 what\r\n\r\n" +
                                 std::string(100, '\x99'));
}

Script headers_twice(Context& context) {
  auto out = first_rows(context);
  return out.headers().ipc(plain_batch(3, 3)).status(0);
}

Script zero_frames(Context& context) {  // DATA frames without data, padding only
  std::string frames;
  for (int i = 0; i < 20000; ++i) frames += h2_frame(0, 0, id_of(context), "");
  return first_rows(context).raw(frames).ipc(plain_batch(3, 3)).status(0);
}

}  // namespace

std::span<const Scenario> connection_scenarios() {
  constexpr auto kGet = Place::kGet;
  constexpr auto kInfo = Place::kInfo;
  static const Scenario kAll[] = {
      {"goaway-below", "GOAWAY with a last stream below this one, times=1",
       "send it again on a new connection, once executed", goaway_below, kInfo},
      {"goaway-above", "GOAWAY that covers this stream, then FIN without an answer",
       "an error: it may have run", goaway_above, kInfo},
      {"goaway-mid-stream", "GOAWAY, then the rest of the rows",
       "read 6 rows; the next query connects anew", goaway_mid_stream},
      {"goaway-graceful", "GOAWAY 2^31-1, GOAWAY this stream, the rest", "read 6 rows",
       goaway_graceful},
      {"goaway-cut", "GOAWAY, then FIN in mid-stream", "end in an error", goaway_cut},
      {"goaway-calm", "GOAWAY ENHANCE_YOUR_CALM in mid-stream, FIN",
       "an error naming it", goaway_calm},
      {"rst", "RST_STREAM code=7 (REFUSED_STREAM) without an answer, times=1",
       "REFUSED_STREAM: once more; any other code: an error", reset_at_once, kInfo},
      {"rst-mid-stream", "RST_STREAM code=2 after rows", "an error naming the code",
       reset_mid_stream},
      {"rst-after-status", "the whole answer, then RST_STREAM code=0", "the rows",
       status_then_reset},
      {"eof", "executes, then FIN before any byte", "an error: never sent twice", eof,
       kInfo},
      {"abort", "executes, then a TCP reset before any byte",
       "an error: never sent twice", abort, kInfo},
      {"eof-mid-stream", "FIN after rows", "end in an error", eof_mid_stream},
      {"abort-mid-stream", "a TCP reset after rows", "end in an error",
       abort_mid_stream},
      {"eof-mid-frame", "FIN inside a DATA frame", "end in an error", eof_mid_frame},
      {"half-open", "stops reading and answering after rows",
       "end by PING within keepalive_after + keepalive_timeout", half_open},
      {"never", "no answer", "end at the first-byte timeout, a deadline or a cancel",
       never},
      {"never-after-headers", "headers, then nothing", "end at a timeout or a cancel",
       never_after_headers},
      {"stall", "rows, then nothing", "end at the idle timeout or a cancel", stall},
      {"slow-drip", "a byte each ms=50, drops=30 of them", "read 3 rows: not idle",
       slow_drip},
      {"slow", "answers after ms=300", "wait", slow},
      {"server-pings", "n=20 PINGs among rows, all to be answered", "answer and read",
       server_pings},
      {"pings-while-slow", "PINGs within more data than a window holds",
       "answer whenever driven", pings_while_slow},
      {"unknown-stream", "DATA for a stream that never was (stream=future|even)",
       "an error, or the rows; the next query works", unknown_stream},
      {"closed-stream", "DATA for a stream that has ended",
       "the rows, or an error; the next query works", closed_stream},
      {"data-after-end", "DATA after END_STREAM", "the rows; the next query works",
       data_after_end},
      {"push-promise", "PUSH_PROMISE", "refuse it", push_promise},
      {"oversized-frame", "a DATA frame of mb=15 MiB", "end in an error",
       oversized_frame},
      {"window-overflow", "24 MiB in spite of flow control", "no crash, no hang",
       window_overflow},
      {"bad-header-block", "HPACK nonsense", "end in an error", bad_header_block},
      {"header-flood", "2 MiB of CONTINUATION frames", "end in an error", header_flood},
      {"window-zero", "WINDOW_UPDATE of 0", "an error, or the rows", window_zero},
      {"window-huge", "WINDOW_UPDATE beyond 2^31-1", "an error, or the rows",
       window_huge},
      {"settings-flood", "5,000 SETTINGS", "an error, or the rows", settings_flood},
      {"ping-flood", "5,000 PINGs", "an error, or the rows", ping_flood},
      {"odd-settings", "SETTINGS with an impossible window", "an error", odd_settings},
      {"unknown-frames", "frames of unknown types", "ignore them", unknown_frames},
      {"garbage-bytes", "HTTP/1.1 text in mid-connection", "an error", garbage_bytes},
      {"headers-twice", "a second header block in mid-stream", "an error, or the rows",
       headers_twice},
      {"zero-frames", "20,000 empty DATA frames", "an error, or the rows", zero_frames},
  };
  (void)kGet;
  return kAll;
}

}  // namespace fletching::fault
