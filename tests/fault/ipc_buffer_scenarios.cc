// SPDX-License-Identifier: Apache-2.0
// Record batches whose numbers lie about their bytes.
#include <zstd.h>

#include "scenario.h"

namespace fletching::fault {
namespace {

// Two columns of three rows, one of them with a NULL, bent by `bend`.
template <class Bend>
Script bent(Bend bend) {
  std::vector<Column> columns{int64_column("id", {1, std::nullopt, 3}),
                              text_column("name", {"a", "bb", "ccc"})};
  auto batch = batch_of(3, columns);
  bend(batch);
  return stream_of({schema_message(columns), batch_message(batch)});
}

Script columns_as_they_are(const std::vector<Column>& columns, int64_t rows) {
  return stream_of({schema_message(columns), batch_message(batch_of(rows, columns))});
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// buffers: 0 validity, 1 ids, 2 validity (absent), 3 offsets, 4 text
Script offsets(Context& context) {
  auto kind = context.arg("kind", "past");
  return bent([&](Batch& batch) {
    std::vector<int32_t> all{0, 1, 3, 6};
    if (kind == "past") all = {0, 1, 3, 100000};
    if (kind == "falling") all = {0, 3, 1, 6};
    if (kind == "negative") all = {-5, 1, 3, 6};
    if (kind == "few") all = {0, 1};
    batch.buffers[3] = raw(all);
  });
}

Script null_count_zero(Context&) {
  return bent([](Batch& batch) { batch.nodes[0].nulls = 0; });
}

Script null_count_wrong(Context& context) {
  auto said = context.number("nulls", 2);
  return bent([&](Batch& batch) { batch.nodes[1].nulls = said; });
}

Script buffer_range(Context& context) {
  auto offset = context.number("offset", 0);
  auto length = context.number("length", int64_t{1} << 40);
  auto which = static_cast<size_t>(context.number("buffer", 1));
  return bent([&](Batch& batch) { batch.ranges[which] = {offset, length}; });
}

Script lengths(Context& context) {
  auto rows = context.number("rows", -1);
  auto node = context.number("node", 3);
  return bent([&](Batch& batch) {
    batch.length = rows;
    batch.nodes[0].length = node;
  });
}

Script few_nodes(Context&) {
  return bent([](Batch& batch) { batch.nodes.pop_back(); });
}

Script few_buffers(Context&) {
  return bent([](Batch& batch) { batch.buffers.pop_back(); });
}

Script extra_buffers(Context&) {
  return bent([](Batch& batch) {
    batch.buffers.emplace_back("12345678");
    batch.nodes.push_back({3, 0});
  });
}

Script body_length(Context& context) {
  auto said = context.number("length", 1 << 20);
  return bent([&](Batch& batch) { batch.body_length = said; });
}

Script bad_utf8(Context&) {
  return bent([](Batch& batch) { batch.buffers[4] = "a\xC3\x28\xF0\x9F\x92"; });
}

Script view(Context& context) {
  auto kind = context.arg("kind", "past");
  std::vector<Column> columns{view_column("note", {"long enough to be outside"})};
  auto batch = batch_of(1, columns);
  auto& bytes = batch.buffers[1];
  if (kind == "past") bytes[12] = '\x7F';
  if (kind == "index") bytes[8] = '\x05';
  if (kind == "negative") bytes[3] = '\xFF';
  if (kind == "prefix") bytes[4] = 'X';
  if (kind == "no-variadic") batch.write_variadic = false;
  if (kind == "many-variadic") batch.variadic = {1000000};
  if (kind == "negative-variadic") batch.variadic = {-1};
  return stream_of({schema_message(columns), batch_message(batch)});
}

Script list(Context& context) {
  auto last = static_cast<int32_t>(context.number("last", 1000));
  return columns_as_they_are({list_column("xs", {1, 2, 3}, {0, 1, last})}, 2);
}

Script union_ids(Context&) {
  return columns_as_they_are(
      {union_column("u", {0, 1}, {0, 5, 1}, {0, 0, 0},
                    {int64_column("a", {1}), bool_column("b", {true})})},
      3);
}

Script union_offsets(Context& context) {
  auto offset = static_cast<int32_t>(context.number("offset", 9));
  return columns_as_they_are(
      {union_column("u", {0, 1}, {0, 1, 1}, {0, 0, offset},
                    {int64_column("a", {1}), bool_column("b", {true})})},
      3);
}

Script sparse_union(Context&) {
  return columns_as_they_are(
      {union_column("u", {0, 1}, {0, 1, 1}, {},
                    {int64_column("a", {1}), bool_column("b", {true})})},
      3);
}

Script run_ends(Context& context) {
  auto kind = context.arg("kind", "short");
  Cells<int32_t> ends{2, 5};
  if (kind == "short") ends = {2, 3};
  if (kind == "falling") ends = {4, 2};
  if (kind == "negative") ends = {-1, 5};
  if (kind == "null") ends = {2, std::nullopt};
  return columns_as_they_are({ree_column("r", 5, ends, {7, 8})}, 5);
}

std::string claimed(int64_t size, const std::string& bytes) {
  return std::string(reinterpret_cast<const char*>(&size), 8) + bytes;
}

std::string zstd(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

Script compressed(Context& context) {
  auto kind = context.arg("kind", "ok");
  std::vector<Column> columns{int64_column("id", {1, 2, 3})};
  auto batch = batch_of(3, columns);
  auto good = zstd(batch.buffers[1]);
  batch.codec = 1;
  if (kind == "ok") batch.buffers[1] = claimed(24, good);
  if (kind == "claim") batch.buffers[1] = claimed(int64_t{1} << 40, good);
  if (kind == "negative") batch.buffers[1] = claimed(-7, good);
  if (kind == "less") batch.buffers[1] = claimed(8, good);
  if (kind == "bomb")
    batch.buffers[1] = claimed(24, zstd(std::string(256 << 20, '\0')));
  if (kind == "big-bomb") {
    batch.buffers[1] = claimed(256 << 20, zstd(std::string(256 << 20, '\0')));
  }
  if (kind == "garbage") batch.buffers[1] = claimed(24, "certainly no zstd frame");
  if (kind == "tiny") batch.buffers[1] = "1234";
  if (kind == "codec") batch.codec = 9;
  return stream_of({schema_message(columns), batch_message(batch)});
}

}  // namespace

std::span<const Scenario> ipc_buffer_scenarios() {
  constexpr auto kGet = Place::kGet;
  static const Scenario kAll[] = {
      {"offsets", "text offsets (kind=past|falling|negative|few)", "end in an error",
       offsets, kGet, bare_info},
      {"null-count-zero", "null_count 0 with a validity bitmap that has a NULL",
       "read 1, NULL, 3", null_count_zero, kGet, bare_info},
      {"null-count-wrong", "null_count nulls=2 without a bitmap",
       "read the values, or an error; no crash", null_count_wrong, kGet, bare_info},
      {"buffer-range", "buffer=1 claims offset=0 and length=2^40", "end in an error",
       buffer_range, kGet, bare_info},
      {"lengths", "the batch says rows=-1, its first column node=3", "end in an error",
       lengths, kGet, bare_info},
      {"few-nodes", "fewer field nodes than columns", "end in an error", few_nodes,
       kGet, bare_info},
      {"few-buffers", "fewer buffers than columns need", "end in an error", few_buffers,
       kGet, bare_info},
      {"extra-buffers", "a node and a buffer too many", "end in an error, or read",
       extra_buffers, kGet, bare_info},
      {"body-length", "bodyLength says length=1048576", "go by the body that came",
       body_length, kGet, bare_info},
      {"bad-utf8", "text that is no UTF-8", "end in an error", bad_utf8, kGet,
       bare_info},
      {"view",
       "string views (kind=past|index|negative|prefix|no-variadic|many-variadic|"
       "negative-variadic)",
       "end in an error", view, kGet, bare_info},
      {"list", "a list offset of last=1000 over 3 values", "end in an error", list,
       kGet, bare_info},
      {"union-ids", "a type id the schema lacks", "end in an error", union_ids, kGet,
       bare_info},
      {"union-offsets", "offset=9 into a child of one", "end in an error",
       union_offsets, kGet, bare_info},
      {"sparse-union", "children shorter than the union", "end in an error",
       sparse_union, kGet, bare_info},
      {"run-ends", "run ends (kind=short|falling|negative|null)", "end in an error",
       run_ends, kGet, bare_info},
      {"compressed",
       "a ZSTD body (kind=ok|claim|negative|less|bomb|big-bomb|garbage|tiny|"
       "codec)",
       "ok: the rows; else an error, in little memory", compressed, kGet, bare_info},
  };
  return kAll;
}

}  // namespace fletching::fault
