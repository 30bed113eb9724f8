// SPDX-License-Identifier: Apache-2.0
// DoPut(CommandStatementUpdate): `insert ... 'scenario:put-NAME'`.
#include "proto.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;

std::string put_result(int64_t count) {
  auto update = ProtoWriter().integer(1, static_cast<uint64_t>(count)).str();
  return ProtoWriter().bytes(1, update).str();
}

Script counted(Context& context) {
  Script out;
  out.await_end().headers();
  return out.message(put_result(context.number("count", 5))).status(0);
}

Script early(Context& context) {
  Script out;
  out.headers().message(put_result(5)).status(0);
  return context.arg("rst", "yes") == "yes" ? out.reset(0) : out;
}

Script early_error(Context& context) {
  Script out;
  out.error_only(8, "quota exceeded");
  return context.arg("rst", "yes") == "yes" ? out.reset(0) : out;
}

Script no_result(Context&) { return Script().await_end().headers().status(0); }

Script empty_result(Context&) {
  return Script().await_end().headers().message("").status(0);
}

Script zero_result(Context&) {  // proto3: a count of 0 is not on the wire
  return Script()
      .await_end()
      .headers()
      .message(ProtoWriter().bytes(1, "").str())
      .status(0);
}

Script garbage_result(Context&) {
  auto message = ProtoWriter().bytes(1, "\xFF\xFF\xFF").str();
  return Script().await_end().headers().message(message).status(0);
}

Script two_results(Context&) {
  Script out;
  out.await_end().headers().message(put_result(2));
  return out.message(put_result(3)).status(0);
}

Script not_there(Context& context) {
  context.not_executed();
  return Script().await_end().error_only(12, "updates go by GetFlightInfo");
}

Script error(Context& context) {
  auto code = static_cast<int>(context.number("code", 3));
  return Script().await_end().error_only(code, "no such table `lights`");
}

Script error_after_count(Context&) {
  return Script()
      .await_end()
      .headers()
      .message(put_result(2))
      .status(10, "the transaction was rolled back");
}

Script killed(Context& context) {
  Script out;
  out.await_end();
  return context.arg("how", "eof") == "eof" ? out.close() : out.abort();
}

Script killed_after_headers(Context&) { return Script().await_end().headers().close(); }

Script reset(Context& context) {
  if (context.attempt > context.number("times", 1)) return counted(context);
  auto code = static_cast<uint32_t>(context.number("code", 7));
  if (code == 7) context.not_executed();
  return Script().reset(code);
}

Script goaway_below(Context& context) {
  if (context.attempt > 1) return counted(context);
  context.not_executed();
  auto id = static_cast<uint32_t>(context.request.stream);
  return Script().goaway(id > 2 ? id - 2 : 0, 0, "bye").close();
}

Script slow(Context& context) {
  Script out;
  out.await_end().sleep(milliseconds(context.number("ms", 500))).headers();
  return out.message(put_result(1)).status(0);
}

Script never(Context&) { return Script().await_end().hang(); }

Script stall(Context&) { return Script().await_end().headers().hang(); }

Script http(Context&) {
  Script out;
  out.await_end().raw_headers({{":status", "502"}, {"content-type", "text/html"}});
  return out.data("<html>bad gateway</html>").end();
}

}  // namespace

std::span<const Scenario> update_scenarios() {
  constexpr auto kPut = Place::kPut;
  static const Scenario kAll[] = {
      {"put-ok", "count=5", "rowcount 5", counted, kPut},
      {"put-early", "answers before the client's end (rst=yes|no)", "rowcount 5", early,
       kPut},
      {"put-early-error", "an error before the client's end (rst=yes|no)",
       "its error, executed once", early_error, kPut},
      {"put-no-result", "OK without a PutResult", "rowcount -1", no_result, kPut},
      {"put-empty-result", "a PutResult without metadata", "rowcount 0 or -1",
       empty_result, kPut},
      {"put-zero-result", "a DoPutUpdateResult of no bytes", "rowcount 0", zero_result,
       kPut},
      {"put-garbage-result", "metadata that is no protobuf", "rowcount -1, or an error",
       garbage_result, kPut},
      {"put-two-results", "two PutResults", "no crash; one count", two_results, kPut},
      {"put-unimplemented", "UNIMPLEMENTED", "fall back to the query path, once",
       not_there, kPut},
      {"put-error", "code=3", "its error; no fall-back", error, kPut},
      {"put-error-after-count", "a PutResult, then ABORTED", "the error",
       error_after_count, kPut},
      {"put-killed", "executes, then the connection ends (how=eof|abort)",
       "an error: never sent twice", killed, kPut},
      {"put-killed-late", "headers, then the connection ends",
       "an error: never sent twice", killed_after_headers, kPut},
      {"put-rst", "RST_STREAM code=7, times=1",
       "REFUSED_STREAM: once more; else an error", reset, kPut},
      {"put-goaway-below", "GOAWAY below the stream", "once more on a new connection",
       goaway_below, kPut},
      {"put-slow", "answers after ms=500", "wait", slow, kPut},
      {"put-never", "no answer", "end at a timeout or a cancel", never, kPut},
      {"put-stall", "headers, then nothing", "end at the idle timeout or a cancel",
       stall, kPut},
      {"put-http", "an HTML page, 502", "an error; no fall-back", http, kPut},
  };
  return kAll;
}

}  // namespace fletching::fault
