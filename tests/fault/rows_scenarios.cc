// SPDX-License-Identifier: Apache-2.0
// Answers that are legal, though few servers give them: right rows must come out.
#include "proto.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;

std::vector<Column> typed_columns() {
  return {int64_column("id", {1, 2, std::nullopt}),
          text_column("name", {"one", std::nullopt, "dr\xC3\xA9i"}),
          double_column("price", {1.5, -0.25, std::nullopt}),
          bool_column("flag", {true, false, std::nullopt}),
          date_column("day", {0, 19723, std::nullopt}),
          timestamp_column("at", {0, 1704067200123456, std::nullopt}, "UTC"),
          decimal_column("amount", {1234, -1, std::nullopt}),
          view_column("note", {"short", "longer than twelve bytes", std::nullopt})};
}

Script types_get(Context&) {
  auto columns = typed_columns();
  return stream_of({schema_message(columns), batch_message(batch_of(3, columns))});
}

Script no_endpoints(Context& context) {
  InfoSpec spec;
  spec.endpoints = 0;
  spec.schema =
      context.arg("schema", "yes") == "yes" ? encapsulate(plain_schema()) : "";
  return unary(info_message(context, spec));
}

Script empty_info(Context&) { return unary(""); }

Script many_endpoints(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  spec.endpoints = static_cast<int>(context.number("n", 300));
  spec.ordered = context.arg("ordered", "yes") == "yes";
  return unary(info_message(context, spec));
}

// Later endpoints answer sooner, so that order must come from the reader.
Script endpoint_get(Context& context) {
  auto delay = context.number("ms", 20) >> (context.endpoint % 4);
  auto rows = plain_get(context);
  Script out;
  out.sleep(milliseconds(delay));
  for (auto& step : rows.steps) out.add(std::move(step));
  return out;
}

Script one_endpoint_fails(Context& context) {
  if (context.endpoint != context.number("bad", 3)) return plain_get(context);
  return Script().error_only(13, "this endpoint is broken");
}

Script other_schema_at_one_endpoint(Context& context) {
  if (context.endpoint != 1) return plain_get(context);
  std::vector<Column> columns{text_column("id", {"x"}), text_column("name", {"y"})};
  return stream_of({schema_message(columns), batch_message(batch_of(1, columns))});
}

Script two_endpoints(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  spec.endpoints = 2;
  return unary(info_message(context, spec));
}

Script four_endpoints(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  spec.endpoints = 4;
  return unary(info_message(context, spec));
}

Script located_info(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  spec.endpoints = static_cast<int>(context.number("n", 1));
  if (auto found = context.args.find("loc"); found != context.args.end()) {
    spec.locations = found->second;
  }
  return unary(info_message(context, spec));
}

Script big_message(Context& context) {
  auto size = static_cast<size_t>(context.number("mb", 30)) << 20;
  Cells<std::string> cells{std::string(size / 2, 'a'), "x", std::string(size / 2, 'z')};
  std::vector<Column> columns{text_column("blob", cells)};
  return stream_of({schema_message(columns), batch_message(batch_of(3, columns))});
}

Script empty_batches(Context&) {
  return stream_of({plain_schema(), plain_batch(0, 0), plain_batch(0, 1),
                    plain_batch(1, 0), plain_batch(1, 2), plain_batch(3, 0)});
}

Script schema_only(Context&) { return stream_of({plain_schema()}); }

Script nothing_at_all(Context&) { return Script().headers().status(0); }

Script metadata_only(Context&) {
  auto note = ProtoWriter().bytes(3, "a progress note").str();
  Script out;
  out.headers().message(note).ipc(plain_schema()).message(note).message("");
  out.ipc(plain_batch(0, 3)).message(note);
  return out.status(0);
}

Script zero_columns(Context& context) {
  auto batch = batch_of(context.number("rows", 5), {});
  return stream_of({schema_message(std::vector<Column>{}), batch_message(batch)});
}

// data_body before data_header, unknown fields of every wire type around them.
Script odd_field_order(Context&) {
  Script out;
  out.headers();
  for (const auto& ipc : {plain_schema(), plain_batch(0, 3)}) {
    ProtoWriter data;
    data.integer(99, 7).bytes(98, "?");
    data.bytes(1000, ipc.body).raw("\xB5\x06zzzz").raw("\xB9\x06zzzzzzzz");
    data.bytes(3, "note").bytes(2, ipc.header);
    out.message(data.str());
  }
  return out.status(0);
}

// The body begins at every distance from an 8-byte boundary.
Script misaligned(Context&) {
  Script out;
  out.headers().ipc(plain_schema());
  for (int64_t i = 0; i < 8; ++i) {
    auto batch = plain_batch(i, 1);
    ProtoWriter data;
    data.bytes(3, std::string(static_cast<size_t>(i), '.')).bytes(2, batch.header);
    data.bytes(1000, batch.body);
    out.message(data.str());
  }
  return out.status(0);
}

Ipc dictionary_batch(const Cells<int32_t>& indices) {
  auto column = dictionary_column("word", 5, indices);
  return batch_message(batch_of(static_cast<int64_t>(indices.size()), {column}));
}

Ipc dictionary_schema() {
  return schema_message(std::vector<Column>{dictionary_column("word", 5, {})});
}

Script dictionary(Context&) {
  return stream_of({dictionary_schema(), dictionary_message(5, {"a", "b"}, false),
                    dictionary_batch({1, std::nullopt, 0})});
}

Script dictionary_delta(Context&) {
  return stream_of({dictionary_schema(), dictionary_message(5, {"a", "b"}, false),
                    dictionary_batch({1, 0}), dictionary_message(5, {"c"}, true),
                    dictionary_batch({2, 0})});
}

Script dictionary_replaced(Context&) {
  return stream_of({dictionary_schema(), dictionary_message(5, {"a", "b"}, false),
                    dictionary_batch({1, 0}), dictionary_message(5, {"x", "y"}, false),
                    dictionary_batch({1, 0})});
}

Script legacy_schema_info(Context& context) {
  InfoSpec
      spec;  // length and flatbuffer, no 0xFFFFFFFF; an end-of-stream mark after it
  spec.schema = encapsulate(plain_schema()).substr(4) + std::string(4, '\0');
  return unary(info_message(context, spec));
}

Script schema_with_end_info(Context& context) {
  InfoSpec spec;
  spec.schema =
      encapsulate(plain_schema()) + std::string(4, '\xFF') + std::string(4, '\0');
  return unary(info_message(context, spec));
}

Script garbage_schema_info(Context& context) {
  InfoSpec spec;
  spec.schema = "this is not a schema";
  return unary(info_message(context, spec));
}

Script other_schema_info(Context& context) {
  InfoSpec spec;  // only says other column names than the stream will
  spec.schema =
      encapsulate(schema_message(std::vector<Column>{int64_column("other", {})}));
  return unary(info_message(context, spec));
}

Script total_info(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  spec.total_records = context.number("total", 0);
  return unary(info_message(context, spec));
}

Script gzip_messages(Context&) {
  Script out;
  out.headers({{"grpc-encoding", "gzip"}});
  out.message(gzip(flight_data(plain_schema())), 1);
  out.message(flight_data(plain_batch(0, 1)));  // a single message may be plain
  out.message(gzip(flight_data(plain_batch(1, 2))), 1);
  return out.status(0);
}

Script big_gzip(Context& context) {
  auto rows = context.number("rows", 200000);
  Script out;
  out.headers({{"grpc-encoding", "gzip"}});
  out.message(gzip(flight_data(plain_schema())), 1);
  out.message(gzip(flight_data(plain_batch(0, rows))), 1);
  return out.status(0);
}

Script tiny_frames(Context&) {
  Script out;
  out.headers();
  std::string all = grpc_frame(flight_data(plain_schema())) +
                    grpc_frame(flight_data(plain_batch(0, 3)));
  for (char c : all) out.data(std::string(1, c));
  return out.status(0);
}

Script many_messages(Context& context) {
  auto count = context.number("n", 3000);
  Script out;
  out.headers().ipc(plain_schema());
  std::string all;
  for (int64_t i = 0; i < count; ++i) all += grpc_frame(flight_data(plain_batch(i, 1)));
  return out.data(std::move(all)).status(0);
}

Script endless(Context& context) {
  auto batch = grpc_frame(flight_data(plain_batch(0, 4096)));
  auto count = (context.number("mb", 600) << 20) / static_cast<int64_t>(batch.size());
  Script out;
  out.headers()
      .ipc(plain_schema())
      .data(std::move(batch), static_cast<uint32_t>(count));
  return out.status(0);
}

constexpr auto kGet = Place::kGet;
constexpr auto kInfo = Place::kInfo;

}  // namespace

std::span<const Scenario> row_scenarios() {
  static const Scenario kAll[] = {
      {"ok", "one endpoint, rows=3 in each of batches=1 batches", "read the rows"},
      {"types", "one row of values, one of others, one of NULLs in eight types",
       "read the values", types_get, kGet, bare_info},
      {"no-endpoints", "a FlightInfo without endpoints (schema=yes|no)", "give no rows",
       no_endpoints, kInfo},
      {"empty-info", "a FlightInfo of zero bytes", "give no rows", empty_info, kInfo},
      {"no-info-schema", "FlightInfo.schema is empty", "take the stream's", plain_get,
       kGet, bare_info},
      {"legacy-info-schema",
       "FlightInfo.schema in the framing before 0.15 and an end mark", "read the rows",
       legacy_schema_info, kInfo},
      {"ended-info-schema", "FlightInfo.schema with an end-of-stream mark",
       "read the rows", schema_with_end_info, kInfo},
      {"garbage-info-schema", "FlightInfo.schema is text",
       "believe the stream, or a clear error", garbage_schema_info, kInfo},
      {"other-info-schema", "FlightInfo.schema is not the stream's",
       "believe the stream, or a clear error", other_schema_info, kInfo},
      {"many-endpoints", "n=300 endpoints, later ones answer sooner (ms=20)",
       "read all, in order, several at a time", endpoint_get, kGet, many_endpoints},
      {"bad-endpoint", "endpoint bad=3 of 4 fails", "end in its error",
       one_endpoint_fails, kGet, four_endpoints},
      {"endpoint-schemas-differ", "endpoint 1 has other column types",
       "end in an error", other_schema_at_one_endpoint, kGet, two_endpoints},
      {"located",
       "n=1 endpoints with loc= locations ({authority}, {port}, {dead}, "
       "{plain:MODE} and {tls:MODE} are replaced)",
       "follow the location policy", plain_get, kGet, located_info},
      {"big-message", "one message of mb=30 MiB", "read it", big_message, kGet,
       bare_info},
      {"empty-batches", "batches without rows among others", "read 3 rows",
       empty_batches},
      {"schema-only", "a stream of a schema", "give no rows", schema_only},
      {"empty-stream", "OK without any message", "give no rows or a clear error",
       nothing_at_all, kGet, bare_info},
      {"metadata-only", "messages with app_metadata alone, and an empty one",
       "skip them", metadata_only},
      {"zero-columns", "rows=5 rows of no columns", "count them", zero_columns, kGet,
       bare_info},
      {"odd-field-order", "data_body before data_header, unknown fields",
       "read the rows", odd_field_order},
      {"misaligned", "bodies at every offset modulo 8", "read 8 rows", misaligned},
      {"dictionary", "a dictionary column", "read b, NULL, a", dictionary, kGet,
       bare_info},
      {"dictionary-delta", "a delta between batches", "read b, a, c, a",
       dictionary_delta, kGet, bare_info},
      {"dictionary-replaced", "a replacement between batches", "read b, a, y, x",
       dictionary_replaced, kGet, bare_info},
      {"total", "FlightInfo.total_records is total=0 for 3 rows",
       "0 and -1: unknown; else an error at the end when wrong", total_info, kInfo},
      {"gzip", "gzip messages and a plain one", "read 3 rows", gzip_messages},
      {"gzip-big", "rows=200000 rows in one gzip message", "read them", big_gzip},
      {"tiny-frames", "one byte a DATA frame", "read 3 rows", tiny_frames},
      {"many-messages", "n=3000 messages of one row", "read them", many_messages},
      {"endless", "mb=600 MiB of rows", "hold little memory, and stop when told to",
       endless},
  };
  return kAll;
}

}  // namespace fletching::fault
