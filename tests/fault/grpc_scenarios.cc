// SPDX-License-Identifier: Apache-2.0
// Answers that are no gRPC, or gRPC that breaks its own rules, and errors with all that
// may come with them.
#include "proto.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

Script cut_message(Context& context) {
  auto frame = grpc_frame(flight_data(plain_batch(3, 3)));
  auto out = first_rows(context);
  out.data(frame.substr(0, frame.size() / 2));
  return context.arg("trailers", "yes") == "yes" ? out.status(0) : out.end();
}

Script cut_prefix(Context& context) {
  return first_rows(context).data(std::string(3, '\0')).status(0);
}

Script lying_length(Context& context) {
  auto bytes = flight_data(plain_batch(3, 3));
  auto length = context.number("length", -1);
  auto size = static_cast<int64_t>(bytes.size());
  if (auto more = context.number("more", 0); more != 0) length = size + more;
  return first_rows(context)
      .data(grpc_frame_lying(bytes, static_cast<uint32_t>(length)))
      .status(0);
}

Script huge_claim_hang(Context& context) {  // 1.9 GB are promised, nothing comes
  return first_rows(context).data(grpc_frame_lying("x", 1900000000U)).hang();
}

Script flag(Context& context) {
  auto value = static_cast<uint8_t>(context.number("flag", 1));
  return first_rows(context).message(flight_data(plain_batch(3, 3)), value).status(0);
}

Script encoding(Context& context) {
  auto name = context.arg("encoding", "snappy");
  Script out;
  out.headers({{"grpc-encoding", name}});
  return out.message("not compressed by that", 1).status(0);
}

Script gzip_cut(Context&) {
  auto whole = gzip(flight_data(plain_schema()));
  Script out;
  out.headers({{"grpc-encoding", "gzip"}});
  return out.message(whole.substr(0, whole.size() - 12), 1).status(0);
}

Script gzip_bomb(Context& context) {
  auto size = static_cast<size_t>(context.number("mb", 16)) << 20;
  Script out;
  out.headers({{"grpc-encoding", "gzip"}});
  out.message(gzip(flight_data(plain_schema())), 1);
  return out.message(gzip(std::string(size, '\0')), 1).status(0);
}

Script no_trailers(Context& context) { return first_rows(context).end(); }

Script no_status(Context& context) {
  return first_rows(context).trailers({{"x-something", "else"}});
}

Script odd_status(Context& context) {
  return first_rows(context).trailers(
      {{"grpc-status", context.arg("status", "99")}, {"grpc-message", "what is this"}});
}

Script status_twice(Context& context) {
  return first_rows(context).trailers({{"grpc-status", "0"}, {"grpc-status", "13"}});
}

Script bad_header_value(Context&) {
  Script out;
  out.headers({{"x-note", "a control \x01 character"}});
  return out.ipc(plain_schema()).ipc(plain_batch(0, 3)).status(0);
}

Script error(Context& context) {
  auto code = static_cast<int>(context.number("code", 3));
  return Script().error_only(code, "line 1: no such table `lights`");
}

Script error_after_rows(Context& context) {
  auto code = static_cast<int>(context.number("code", 8));
  return first_rows(context).status(code, "the query ran out of memory");
}

Script rich_error(Context& context) {
  ProtoWriter info;  // google.rpc.ErrorInfo
  info.bytes(1, "TABLE_MISSING").bytes(2, "fault.example");
  ProtoWriter any;
  any.bytes(1, "type.googleapis.com/google.rpc.ErrorInfo").bytes(2, info.str());
  ProtoWriter status;
  status.integer(1, 5).bytes(2, "no table lights").bytes(3, any.str());
  auto bin = to_base64(status.str());
  return first_rows(context).status(
      5, "no table lights",
      {{"grpc-status-details-bin", bin},
       {"x-arrow-status", "4"},
       {"x-arrow-status-message-bin", to_base64("arrow says")},
       {"x-trace-id", "trace-1234"}});
}

Script percent(Context&) {
  return Script().error_only(3,
                             "caf%C3%A9: 100%25 wrong %ZZ%2 \xE2\x82\xAC%0Anext line");
}

Script blanks(Context&) { return Script().error_only(3, " syntax error near "); }

Script bad_utf8(Context&) { return Script().error_only(3, "bad \xFF\xFE text %FF"); }

Script giant_trailer(Context& context) {
  auto size = static_cast<size_t>(context.number("kb", 100)) << 10;
  return first_rows(context).status(13, "stack: " + std::string(size, 's'));
}

Script many_headers(Context& context) {
  Headers more;
  for (int i = 0; i < context.number("n", 500); ++i) {
    more.emplace_back("x-filler-" + std::to_string(i), std::string(100, 'h'));
  }
  Script out;
  out.headers(more);
  return out.ipc(plain_schema()).ipc(plain_batch(0, 3)).status(0);
}

Script content_type(Context& context) {
  auto type = context.arg("type", "application/json");
  Script out;
  out.raw_headers({{":status", "200"}, {"content-type", type}});
  return out.data("{\"error\": \"this is a REST endpoint\"}").end();
}

Script grpc_content_type(Context& context) {  // both are gRPC's own
  auto type = context.arg("type", "application/grpc+proto");
  Script out;
  out.raw_headers({{":status", "200"}, {"content-type", type}});
  return out.ipc(plain_schema()).ipc(plain_batch(0, 3)).status(0);
}

Script no_content_type(Context&) {
  Script out;
  return out.raw_headers({{":status", "200"}}).data("hello").end();
}

Script http(Context& context) {
  auto status = context.arg("status", "404");
  Script out;
  out.raw_headers({{":status", status},
                   {"content-type", "text/html; charset=utf-8"},
                   {"server", "nginx"},
                   {"retry-after", "7"}});
  return out
      .data("<html><head><title>" + status +
            " from the proxy</title></head><body>the gateway says no</body></html>")
      .end();
}

Script http_bare(Context& context) {
  return Script().raw_headers({{":status", context.arg("status", "503")}}, true);
}

Script http_with_status(Context& context) {  // a proxy that speaks gRPC
  return Script().raw_headers({{":status", context.arg("status", "503")},
                               {"content-type", "application/grpc"},
                               {"grpc-status", "14"},
                               {"grpc-message", "upstream is gone"}},
                              true);
}

Script no_message(Context&) { return Script().headers().status(0); }

Script two_messages(Context& context) {
  InfoSpec spec;
  auto info = info_message(context, spec);
  return Script().headers().message(info).message(info).status(0);
}

Script rows_then_error_info(Context& context) {
  InfoSpec spec;
  return Script()
      .headers()
      .message(info_message(context, spec))
      .status(13, "after all: no");
}

Script extra_trailers(Context&) {
  Script out;
  out.headers({{"x-early", "header"}}).ipc(plain_schema()).ipc(plain_batch(0, 3));
  return out.status(0, "", {{"x-late", "trailer"}, {"x-late-bin", to_base64("\1\2")}});
}

}  // namespace

std::span<const Scenario> grpc_scenarios() {
  constexpr auto kGet = Place::kGet;
  constexpr auto kInfo = Place::kInfo;
  static const Scenario kAll[] = {
      {"cut-message", "END_STREAM inside a message (trailers=yes|no)",
       "end in an error", cut_message},
      {"cut-prefix", "END_STREAM inside a length prefix", "end in an error",
       cut_prefix},
      {"lying-length", "a wrong gRPC length (length=4294967295, or more=-4 than true)",
       "end in an error", lying_length},
      {"huge-claim", "a message of 1.9 GB is announced and never comes",
       "commit no such memory; stop when told to", huge_claim_hang},
      {"flag", "flag=1 (compressed) without grpc-encoding; others are unknown",
       "end in an error", flag},
      {"encoding", "grpc-encoding: encoding=snappy", "end in an error naming it",
       encoding},
      {"gzip-cut", "a gzip message without its end", "end in an error", gzip_cut},
      {"gzip-bomb", "a gzip message of mb=16 MiB of zeros", "end in an error",
       gzip_bomb},
      {"no-trailers", "END_STREAM on DATA", "an error, never the end of the rows",
       no_trailers},
      {"no-status", "trailers without grpc-status",
       "an error, never the end of the rows", no_status},
      {"odd-status", "grpc-status: status=99", "end in an error", odd_status},
      {"status-twice", "two grpc-status trailers, 0 and 13",
       "end, in rows or in an error", status_twice},
      {"error", "code=3 in headers alone", "its error class and message", error},
      {"error-after-rows", "code=8 in trailers after rows", "its error, after the rows",
       error_after_rows},
      {"rich-error", "grpc-status-details-bin and x-arrow-status", "details",
       rich_error},
      {"percent", "grpc-message with escapes, good and bad", "the text, unescaped",
       percent, kInfo},
      {"blanks", "grpc-message with blanks at both ends", "the text", blanks, kInfo},
      {"bad-message", "grpc-message that is no UTF-8", "the text, with replacements",
       bad_utf8, kInfo},
      {"bad-header-value", "a header with a control character", "the rows",
       bad_header_value},
      {"giant-trailer", "a grpc-message of kb=100 KiB", "an error that ends",
       giant_trailer},
      {"many-headers", "n=500 headers", "the rows, or a clear error", many_headers},
      {"content-type", "type=application/json with 200", "an error quoting both",
       content_type},
      {"grpc-content-type", "type=application/grpc+proto", "the rows",
       grpc_content_type},
      {"no-content-type", "200 without content-type", "an error quoting the body",
       no_content_type},
      {"http", "an HTML page with status=404", "its error class, quoting the page",
       http, kInfo},
      {"http-bare", "status=503 and nothing else", "an error naming 503", http_bare,
       kInfo},
      {"http-grpc", "status=503 with grpc-status 14", "UNAVAILABLE with its message",
       http_with_status, kInfo},
      {"no-message", "OK without the message of a unary call", "an error", no_message,
       kInfo},
      {"two-messages", "two messages from a unary call", "an error, or the first",
       two_messages, kInfo},
      {"info-then-error", "a FlightInfo, then status 13", "the error",
       rows_then_error_info, kInfo},
      {"extra-trailers", "OK with more trailers", "the rows", extra_trailers, kGet},
  };
  return kAll;
}

}  // namespace fletching::fault
