// SPDX-License-Identifier: Apache-2.0
// Arrow messages in a wrong order, of a wrong kind, or no messages at all. Each must
// end in an error; the process lives and the connection carries the next query.
#include "proto.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

Script batch_first(Context&) { return stream_of({plain_batch(0, 3), plain_schema()}); }

Script second_schema(Context& context) {
  auto second = context.arg("same", "no") == "yes"
                    ? plain_schema()
                    : schema_message(std::vector<Column>{int64_column("other", {})});
  return stream_of({plain_schema(), plain_batch(0, 3), second, plain_batch(3, 3)});
}

Script garbage_header(Context&) {
  return stream_of({plain_schema(), {std::string(64, '\x5A'), "12345678"}});
}

Script short_header(Context& context) {
  auto batch = plain_batch(0, 3);
  batch.header.resize(static_cast<size_t>(context.number("keep", 24)));
  return stream_of({plain_schema(), batch});
}

Script framed_header(Context&) {  // a stream's framing inside data_header
  auto batch = plain_batch(0, 3);
  batch.header = encapsulate(batch);
  return stream_of({plain_schema(), batch});
}

Script body_only(Context&) {
  Script out;
  out.headers().ipc(plain_schema());
  return out.message(ProtoWriter().bytes(1000, "12345678").str()).status(0);
}

Script unknown_kind(Context&) {
  return stream_of({plain_schema(), message(99, Flat().scalar<int64_t>(0, 1), "", {})});
}

Script tensor(Context&) {
  return stream_of({plain_schema(), message(4, Flat().scalar<int64_t>(0, 1), "", {})});
}

Script unknown_type(Context&) {
  return stream_of({schema_message({field("x", 120, Flat())}), plain_batch(0, 3)});
}

Script absurd_types(Context&) {
  return stream_of({schema_message({field("x", 2, int_type(17))}), plain_batch(0, 3)});
}

Script type_without_table(Context&) {
  Flat bare;
  bare.text(0, "x").scalar<uint8_t>(1, 1).scalar<uint8_t>(2, 2);
  return stream_of({schema_message({bare}), plain_batch(0, 3)});
}

Script old_version(Context&) {
  auto columns = plain_columns(0, 0);
  return stream_of(
      {schema_message({columns[0].field, columns[1].field}, 0, 0), plain_batch(0, 3)});
}

Script big_endian_schema(Context&) {
  auto columns = plain_columns(0, 0);
  return stream_of(
      {schema_message({columns[0].field, columns[1].field}, 1), plain_batch(0, 3)});
}

Script deep_schema(Context& context) {
  Flat inner = field("leaf", 2, int_type(64));
  for (int64_t i = 0; i < context.number("depth", 5000); ++i) {
    inner = field("s", 13, Flat(), {inner});
  }
  return stream_of({schema_message({inner})});
}

Script wide_schema(Context& context) {
  std::vector<Flat> fields;
  for (int64_t i = 0; i < context.number("n", 20000); ++i) {
    fields.push_back(field("c", 2, int_type(64)));
  }
  return stream_of({schema_message(fields)});
}

Script no_dictionary(Context&) {
  auto column = dictionary_column("word", 5, {0, 1});
  return stream_of({schema_message(std::vector<Column>{column}),
                    batch_message(batch_of(2, {column}))});
}

Script unknown_dictionary(Context&) {
  auto column = dictionary_column("word", 5, {0, 1});
  return stream_of({schema_message(std::vector<Column>{column}),
                    dictionary_message(77, {"a", "b"}, false),
                    batch_message(batch_of(2, {column}))});
}

Script dictionary_index(Context& context) {
  auto bad = static_cast<int32_t>(context.number("index", 2));
  auto column = dictionary_column("word", 5, {0, bad});
  return stream_of({schema_message(std::vector<Column>{column}),
                    dictionary_message(5, {"a", "b"}, false),
                    batch_message(batch_of(2, {column}))});
}

Script delta_first(Context&) {
  auto column = dictionary_column("word", 5, {0, 1});
  return stream_of({schema_message(std::vector<Column>{column}),
                    dictionary_message(5, {"a", "b"}, true),
                    batch_message(batch_of(2, {column}))});
}

Script wire_type_header(Context&) {  // data_header sent as a varint
  Script out;
  out.headers().ipc(plain_schema());
  return out.message(ProtoWriter().integer(2, 12345).bytes(1000, "12345678").str())
      .status(0);
}

Script cut_protobuf(Context&) {
  auto whole = flight_data(plain_batch(0, 3));
  Script out;
  out.headers().ipc(plain_schema());
  return out.message(whole.substr(0, whole.size() - 9)).status(0);
}

Script lying_protobuf(Context&) {  // a field of 2^63 bytes
  ProtoWriter data;
  data.varint((2U << 3) | 2).varint(uint64_t{1} << 63).raw("abc");
  Script out;
  return out.headers().ipc(plain_schema()).message(data.str()).status(0);
}

Script protobuf_groups(Context&) {
  Script out;
  return out.headers()
      .ipc(plain_schema())
      .message("\x0B\x0B\x0B\x0C\x0F\x07")
      .status(0);
}

Script garbage_info(Context&) { return unary(std::string(200, '\xFE')); }

Script wire_type_info(Context&) {  // schema and endpoint as varints, totals as bytes
  ProtoWriter out;
  out.integer(1, 5).integer(3, 9).bytes(4, "x").bytes(6, "y");
  return unary(out.str());
}

}  // namespace

std::span<const Scenario> ipc_scenarios() {
  constexpr auto kGet = Place::kGet;
  constexpr auto kInfo = Place::kInfo;
  static const Scenario kAll[] = {
      {"batch-first", "a batch before the schema", "end in an error", batch_first, kGet,
       bare_info},
      {"second-schema", "another schema in mid-stream (same=yes: the same again)",
       "end in an error", second_schema},
      {"garbage-header", "data_header is no flatbuffer", "end in an error",
       garbage_header},
      {"short-header", "the flatbuffer is cut after keep=24 bytes", "end in an error",
       short_header},
      {"framed-header", "data_header with 0xFFFFFFFF and length before the flatbuffer",
       "end in an error, or read it", framed_header},
      {"body-only", "data_body without data_header", "end in an error", body_only},
      {"unknown-kind", "a message of kind 99", "end in an error", unknown_kind},
      {"tensor", "a tensor message", "end in an error", tensor},
      {"unknown-type", "a column of type 120", "end in an error", unknown_type, kGet,
       bare_info},
      {"absurd-type", "a 17-bit integer", "end in an error", absurd_types, kGet,
       bare_info},
      {"typeless", "a field without its type table", "end in an error",
       type_without_table, kGet, bare_info},
      {"old-version", "metadata version V1", "end in an error, or read it", old_version,
       kGet, bare_info},
      {"big-endian", "a big-endian schema", "end in an error", big_endian_schema, kGet,
       bare_info},
      {"deep-schema", "structs nested depth=5000 times", "end in an error, no crash",
       deep_schema, kGet, bare_info},
      {"wide-schema", "n=20000 columns of one name", "give no rows", wide_schema, kGet,
       bare_info},
      {"no-dictionary", "a batch before its dictionary", "end in an error",
       no_dictionary, kGet, bare_info},
      {"unknown-dictionary",
       "a dictionary of an id nobody uses, the batch lacks its own", "end in an error",
       unknown_dictionary, kGet, bare_info},
      {"dictionary-index", "index=2 into two values (try -1)", "end in an error",
       dictionary_index, kGet, bare_info},
      {"delta-first", "a delta to a dictionary that never came",
       "end in an error, or take it as the dictionary", delta_first, kGet, bare_info},
      {"wire-type", "data_header as a varint", "end in an error", wire_type_header},
      {"cut-protobuf", "a FlightData that ends inside its body", "end in an error",
       cut_protobuf},
      {"lying-protobuf", "a field of 2^63 bytes", "end in an error", lying_protobuf},
      {"protobuf-groups", "wire types 3, 4 and 7", "end in an error", protobuf_groups},
      {"garbage-info", "a FlightInfo that is no protobuf", "end in an error",
       garbage_info, kInfo},
      {"wire-type-info", "a FlightInfo of wrong wire types",
       "no crash: no rows or an error", wire_type_info, kInfo},
  };
  return kAll;
}

}  // namespace fletching::fault
