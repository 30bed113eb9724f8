// SPDX-License-Identifier: Apache-2.0
// Messages that lie. Each is built by hand, so that exactly one thing about it is
// wrong.
#include "arrow/ipc_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "arrow/ipc_flatcc.h"
#include "arrow/ipc_writer.h"
#include "arrow/judge_for_test.h"
#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using ::testing::HasSubstr;

struct Pair {
  int64_t first, second;
};

// A batch as it is on the wire, before the flatbuffer is made.
struct RawBatch {
  int64_t length = 0;
  std::vector<Pair> nodes;  // length, null count
  std::vector<std::vector<uint8_t>> buffers;
  std::vector<int64_t> variadic;
  std::vector<Pair> places;  // overrides offset and length of buffers
  int codec = -1;
  int version = 4;             // MetadataVersion_V5
  int64_t dictionary_id = -1;  // a dictionary batch if not -1
  bool is_delta = false;
};

template <class T>
std::vector<uint8_t> bytes_of(std::initializer_list<T> values) {
  std::vector<uint8_t> out(values.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), values.begin(), out.size());
  return out;
}
std::vector<uint8_t> text(std::string_view value) {
  return {value.begin(), value.end()};
}

struct Message {
  std::vector<uint8_t> header;
  Body body;
};

void fill(flatcc_builder_t* b, const RawBatch& raw, const std::vector<Pair>& places) {
  std::vector<FLETCHING_IPC(FieldNode_t)> nodes;
  for (const Pair& p : raw.nodes) nodes.push_back({p.first, p.second});
  std::vector<FLETCHING_IPC(Buffer_t)> buffers;
  for (const Pair& p : places) buffers.push_back({p.first, p.second});
  FLETCHING_IPC(RecordBatch_length_add)(b, raw.length);
  FLETCHING_IPC(RecordBatch_nodes_create)(b, nodes.data(), nodes.size());
  FLETCHING_IPC(RecordBatch_buffers_create)(b, buffers.data(), buffers.size());
  if (raw.codec >= 0) {
    FLETCHING_IPC(RecordBatch_compression_start)(b);
    FLETCHING_IPC(BodyCompression_codec_force_add)
    (b, static_cast<FLETCHING_IPC(CompressionType_enum_t)>(raw.codec));
    FLETCHING_IPC(RecordBatch_compression_end)(b);
  }
  if (!raw.variadic.empty()) {
    FLETCHING_IPC(RecordBatch_variadicBufferCounts_create)
    (b, raw.variadic.data(), raw.variadic.size());
  }
}

// `shift` bytes in front make every buffer in the body misaligned.
Message build(const RawBatch& raw, size_t shift = 0) {
  Message out;
  std::vector<Pair> places;
  std::vector<uint8_t> body(shift);
  for (const auto& buffer : raw.buffers) {
    places.push_back(
        {static_cast<int64_t>(body.size()), static_cast<int64_t>(buffer.size())});
    body.insert(body.end(), buffer.begin(), buffer.end());
    while ((body.size() - shift) % 8 != 0) body.push_back(0xEE);
  }
  for (size_t i = 0; i < raw.places.size(); ++i) places[i] = raw.places[i];
  out.body = Body::allocate(body.size());
  if (!body.empty()) std::memcpy(out.body.data(), body.data(), body.size());
  FlatBuilder builder;
  flatcc_builder_t* b = builder.get();
  FLETCHING_IPC(Message_start_as_root)(b);
  FLETCHING_IPC(Message_version_add)
  (b, static_cast<FLETCHING_IPC(MetadataVersion_enum_t)>(raw.version));
  if (raw.dictionary_id >= 0) {
    FLETCHING_IPC(Message_header_DictionaryBatch_start)(b);
    FLETCHING_IPC(DictionaryBatch_id_add)(b, raw.dictionary_id);
    FLETCHING_IPC(DictionaryBatch_isDelta_add)(b, raw.is_delta);
    FLETCHING_IPC(DictionaryBatch_data_start)(b);
    fill(b, raw, places);
    FLETCHING_IPC(DictionaryBatch_data_end)(b);
    FLETCHING_IPC(Message_header_DictionaryBatch_end)(b);
  } else {
    FLETCHING_IPC(Message_header_RecordBatch_start)(b);
    fill(b, raw, places);
    FLETCHING_IPC(Message_header_RecordBatch_end)(b);
  }
  FLETCHING_IPC(Message_end_as_root)(b);
  out.header = builder.finish();
  return out;
}

// One column "c" of that format; children are all int32 named "x".
UniqueSchema column(const char* format, int children = 0,
                    const char* dictionary = nullptr) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  EXPECT_EQ(ArrowSchemaSetTypeStruct(schema.get(), 1), NANOARROW_OK);
  ArrowSchema* c = schema->children[0];
  EXPECT_EQ(ArrowSchemaSetFormat(c, format), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetName(c, "c"), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaAllocateChildren(c, children), NANOARROW_OK);
  for (int i = 0; i < children; ++i) {
    ArrowSchemaInit(c->children[i]);
    EXPECT_EQ(ArrowSchemaSetFormat(c->children[i], "i"), NANOARROW_OK);
    EXPECT_EQ(ArrowSchemaSetName(c->children[i], "x"), NANOARROW_OK);
  }
  if (dictionary != nullptr) {
    EXPECT_EQ(ArrowSchemaAllocateDictionary(c), NANOARROW_OK);
    ArrowSchemaInit(c->dictionary);
    EXPECT_EQ(ArrowSchemaSetFormat(c->dictionary, dictionary), NANOARROW_OK);
  }
  return schema;
}

class Stream {
 public:
  explicit Stream(const UniqueSchema& schema, IpcLimits limits = {}) : reader_(limits) {
    EXPECT_EQ(reader_.read(IpcWriter(*schema.get()).schema().header, {}),
              IpcMessage::kSchema);
  }

  UniqueArray rows(const RawBatch& raw, size_t shift = 0) {
    const Message message = build(raw, shift);
    EXPECT_EQ(reader_.read(message.header, message.body), IpcMessage::kBatch);
    UniqueArray array = reader_.take_batch();
    EXPECT_EQ(complaint_of_nanoarrow(*array.get(), reader_.schema()), "");
    return array;
  }

  std::string refusal(const RawBatch& raw) {
    const Message message = build(raw);
    try {
      reader_.read(message.header, message.body);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidData);
      return error.message();
    }
    return "accepted";
  }

  void dictionary(RawBatch raw) {
    const Message message = build(raw);
    EXPECT_EQ(reader_.read(message.header, message.body), IpcMessage::kDictionary);
  }

  IpcReader& reader() { return reader_; }

 private:
  IpcReader reader_;
};

template <class T>
const T* values(const UniqueArray& rows, int buffer) {
  return static_cast<const T*>(rows->children[0]->buffers[buffer]);
}

TEST(IpcReaderTest, ABitmapIsBelievedMoreThanItsCount) {
  Stream stream(column("i"));
  RawBatch raw{3, {{3, 0}}, {bytes_of<uint8_t>({0b101}), bytes_of<int32_t>({1, 2, 3})}};
  EXPECT_EQ(stream.rows(raw)->children[0]->null_count, 1);
  raw.nodes = {{3, 99}};
  EXPECT_EQ(stream.rows(raw)->children[0]->null_count, 1);
  raw.buffers[0] = {};
  const UniqueArray none = stream.rows(raw);
  EXPECT_EQ(none->children[0]->null_count, 0);
  EXPECT_EQ(none->children[0]->buffers[0], nullptr);
}

TEST(IpcReaderTest, LengthsThatLieAreRefused) {
  Stream stream(column("i"));
  const RawBatch good{3, {{3, 0}}, {{}, bytes_of<int32_t>({1, 2, 3})}};
  EXPECT_EQ(stream.rows(good)->length, 3);
  const auto with = [&](auto change) {
    RawBatch raw = good;
    change(raw);
    return stream.refusal(raw);
  };
  EXPECT_THAT(with([](RawBatch& r) {
                r.nodes[0].first = 4;
                r.length = 4;
              }),
              HasSubstr("column c: a buffer of 12 bytes where 16 are needed"));
  EXPECT_THAT(with([](RawBatch& r) { r.nodes[0].first = -1; }), HasSubstr("negative"));
  EXPECT_THAT(with([](RawBatch& r) { r.length = -3; }), HasSubstr("negative"));
  EXPECT_THAT(with([](RawBatch& r) { r.nodes[0].first = r.length = INT64_MAX; }),
              HasSubstr("out of range"));
  EXPECT_THAT(with([](RawBatch& r) { r.length = 2; }), HasSubstr("3 rows in a batch"));
  EXPECT_THAT(with([](RawBatch& r) { r.nodes.clear(); }), HasSubstr("too few columns"));
  EXPECT_THAT(with([](RawBatch& r) { r.nodes.push_back({3, 0}); }), HasSubstr("more"));
  EXPECT_THAT(with([](RawBatch& r) { r.buffers.pop_back(); }),
              HasSubstr("too few buffers"));
  EXPECT_THAT(with([](RawBatch& r) { r.buffers.push_back({}); }), HasSubstr("more"));
  for (const Pair place : {Pair{8, 12}, Pair{-8, 12}, Pair{0, -12}, Pair{INT64_MAX, 12},
                           Pair{0, INT64_MAX}, Pair{1 << 20, 12}}) {
    EXPECT_THAT(with([&](RawBatch& r) { r.places = {{0, 0}, place}; }),
                HasSubstr("outside of the body"));
  }
}

TEST(IpcReaderTest, EmptyBuffersMayBeAnywhere) {
  Stream stream(column("u"));
  const RawBatch raw{0, {{0, 0}}, {{}, {}, {}}, {}, {{99, 0}, {-1, 0}, {1 << 30, 0}}};
  const UniqueArray rows = stream.rows(raw);
  ASSERT_NE(values<int32_t>(rows, 1), nullptr);
  EXPECT_EQ(values<int32_t>(rows, 1)[0], 0);
  EXPECT_NE(values<char>(rows, 2), nullptr);
}

TEST(IpcReaderTest, OffsetsAreChecked) {
  Stream stream(column("u"));
  const auto with = [&](std::vector<uint8_t> offsets) {
    return stream.refusal({2, {{2, 0}}, {{}, std::move(offsets), text("abcdef")}});
  };
  EXPECT_EQ(with(bytes_of<int32_t>({1, 3, 6})), "accepted");  // need not start at 0
  EXPECT_THAT(with(bytes_of<int32_t>({0, 3, 2})), HasSubstr("offsets"));
  EXPECT_THAT(with(bytes_of<int32_t>({-1, 3, 6})), HasSubstr("offsets"));
  EXPECT_THAT(with(bytes_of<int32_t>({0, 3, 7})), HasSubstr("7 are needed"));
  EXPECT_THAT(with(bytes_of<int32_t>({0, 3})), HasSubstr("12 are needed"));
}

TEST(IpcReaderTest, TextIsCheckedAtItsBorders) {
  Stream stream(column("u"));
  const auto with = [&](int32_t cut, uint8_t valid) {
    return RawBatch{
        2,
        {{2, 0}},
        {bytes_of<uint8_t>({valid}), bytes_of<int32_t>({0, cut, 4}), text("aéb")}};
  };
  EXPECT_EQ(stream.refusal(with(1, 3)), "accepted");
  EXPECT_THAT(stream.refusal(with(2, 3)), HasSubstr("row 0: text that is not UTF-8"));
  EXPECT_THAT(stream.refusal(with(2, 2)), HasSubstr("row 1: text that is not UTF-8"));
}

TEST(IpcReaderTest, WhatIsUnderNullIsMadeText) {
  Stream stream(column("u"));
  const UniqueArray rows =
      stream.rows({2,
                   {{2, 1}},
                   {bytes_of<uint8_t>({2}), bytes_of<int32_t>({0, 2, 4}),
                    text("\xff\xfe"
                         "ok")}});
  EXPECT_EQ(std::string_view(values<char>(rows, 2), 4), "  ok");
}

std::vector<uint8_t> view(int32_t size, const char* prefix, int32_t a, int32_t b) {
  std::vector<uint8_t> out(16);
  std::memcpy(out.data(), &size, 4);
  std::memcpy(out.data() + 4, prefix, 4);
  std::memcpy(out.data() + 8, &a, 4);
  std::memcpy(out.data() + 12, &b, 4);
  return out;
}

TEST(IpcReaderTest, ViewsAreChecked) {
  Stream stream(column("vu"));
  const std::string data = "the text of a view, é";
  const auto size = static_cast<int32_t>(data.size());
  const auto with = [&](std::vector<uint8_t> v, std::vector<int64_t> variadic = {1}) {
    return stream.refusal({1, {{1, 0}}, {{}, std::move(v), text(data)}, variadic});
  };
  EXPECT_EQ(with(view(size, "the ", 0, 0)), "accepted");
  EXPECT_EQ(with(view(13, "text", 0, 4)), "accepted");
  const auto outside = HasSubstr("row 0: a view points outside");
  EXPECT_THAT(with(view(size + 1, "the ", 0, 0)), outside);
  EXPECT_THAT(with(view(size, "the ", 1, 0)), outside);
  EXPECT_THAT(with(view(size, "the ", -1, 0)), outside);
  EXPECT_THAT(with(view(13, "text", 0, -4)), outside);
  EXPECT_THAT(with(view(-5, "text", 0, 0)), outside);
  EXPECT_THAT(with(view(INT32_MAX, "text", 0, INT32_MAX)), outside);
  EXPECT_THAT(with(view(13, "tExt", 0, 4)), outside);
  EXPECT_THAT(with(view(size - 1, "the ", 0, 0)), HasSubstr("UTF-8"));
  EXPECT_THAT(with(view(3,
                        "a\xff"
                        "b",
                        0, 0)),
              HasSubstr("UTF-8"));
  EXPECT_THAT(with(view(size, "the ", 0, 0), {}), HasSubstr("how many buffers"));
  EXPECT_THAT(with(view(size, "the ", 0, 0), {2}), HasSubstr("more view buffers"));
  EXPECT_THAT(with(view(size, "the ", 0, 0), {-1}), HasSubstr("more view buffers"));
  EXPECT_THAT(with(view(size, "the ", 0, 0), {INT64_MAX}),
              HasSubstr("more view buffers"));
}

TEST(IpcReaderTest, ViewsUnderNullAndUnusedBytesAreRepaired) {
  Stream stream(column("vu"));
  std::vector<uint8_t> views = view(99, "junk", 7, 8);
  const auto second = view(1, "xyz!", 1, 1);
  views.insert(views.end(), second.begin(), second.end());
  const UniqueArray rows =
      stream.rows({2, {{2, 1}}, {bytes_of<uint8_t>({2}), views}, {0}});
  EXPECT_EQ(values<uint64_t>(rows, 1)[0], 0u);
  EXPECT_EQ(values<uint64_t>(rows, 1)[2], 1u | (uint64_t{'x'} << 32));
  EXPECT_EQ(values<uint64_t>(rows, 1)[3], 0u);
}

TEST(IpcReaderTest, ListsStayInsideTheirChild) {
  Stream lists(column("+l", 1));
  const auto list = [&](std::vector<uint8_t> offsets) {
    return lists.refusal({2,
                          {{2, 0}, {3, 0}},
                          {{}, std::move(offsets), {}, bytes_of<int32_t>({1, 2, 3})}});
  };
  EXPECT_EQ(list(bytes_of<int32_t>({0, 1, 3})), "accepted");
  EXPECT_THAT(list(bytes_of<int32_t>({0, 1, 4})), HasSubstr("4 are needed"));
  Stream views(column("+vL", 1));
  const auto list_view = [&](std::vector<uint8_t> offsets, std::vector<uint8_t> sizes) {
    return views.refusal(
        {2,
         {{2, 0}, {3, 0}},
         {{}, std::move(offsets), std::move(sizes), {}, bytes_of<int32_t>({1, 2, 3})}});
  };
  EXPECT_EQ(list_view(bytes_of<int64_t>({2, 0}), bytes_of<int64_t>({1, 3})),
            "accepted");
  const auto outside = HasSubstr("list views outside");
  EXPECT_THAT(list_view(bytes_of<int64_t>({2, 0}), bytes_of<int64_t>({2, 3})), outside);
  EXPECT_THAT(list_view(bytes_of<int64_t>({-1, 0}), bytes_of<int64_t>({2, 3})),
              outside);
  EXPECT_THAT(list_view(bytes_of<int64_t>({INT64_MIN, 0}), bytes_of<int64_t>({2, 3})),
              outside);
  EXPECT_THAT(
      list_view(bytes_of<int64_t>({2, 0}), bytes_of<int64_t>({INT64_MAX, INT64_MAX})),
      outside);
}

TEST(IpcReaderTest, UnionsAreChecked) {
  Stream stream(column("+ud:5,9", 2));
  const auto with = [&](std::vector<uint8_t> ids, std::vector<uint8_t> offsets) {
    return stream.refusal({2,
                           {{2, 0}, {1, 0}, {1, 0}},
                           {std::move(ids),
                            std::move(offsets),
                            {},
                            bytes_of<int32_t>({1}),
                            {},
                            bytes_of<int32_t>({2})}});
  };
  EXPECT_EQ(with({9, 5}, bytes_of<int32_t>({0, 0})), "accepted");
  EXPECT_THAT(with({9, 0}, bytes_of<int32_t>({0, 0})), HasSubstr("type id 0"));
  EXPECT_THAT(with({9, 0xFF}, bytes_of<int32_t>({0, 0})), HasSubstr("type id -1"));
  EXPECT_THAT(with({9, 5}, bytes_of<int32_t>({0, 1})), HasSubstr("offset"));
  EXPECT_THAT(with({9, 5}, bytes_of<int32_t>({-1, 0})), HasSubstr("offset"));
}

TEST(IpcReaderTest, OldUnionsMayHaveABitmapWithoutNulls) {
  Stream stream(column("+us:0", 1));
  RawBatch raw{2,
               {{2, 0}, {2, 0}},
               {bytes_of<uint8_t>({3}), {0, 0}, {}, bytes_of<int32_t>({7, 8})}};
  raw.version = 3;
  EXPECT_EQ(stream.rows(raw)->children[0]->n_buffers, 1);
  raw.buffers[0] = {1};
  EXPECT_THAT(stream.refusal(raw), HasSubstr("V4"));
}

TEST(IpcReaderTest, RunEndsRise) {
  Stream stream(column("+r", 2));
  const auto with = [&](std::vector<uint8_t> ends, int64_t runs = 2) {
    return stream.refusal({5,
                           {{5, 0}, {runs, 0}, {2, 0}},
                           {{}, std::move(ends), {}, bytes_of<int32_t>({1, 2})}});
  };
  EXPECT_EQ(with(bytes_of<int32_t>({2, 5})), "accepted");
  EXPECT_THAT(with(bytes_of<int32_t>({2, 4})), HasSubstr("stop before"));
  EXPECT_THAT(with(bytes_of<int32_t>({5, 5})), HasSubstr("do not rise"));
  EXPECT_THAT(with(bytes_of<int32_t>({0, 5})), HasSubstr("do not rise"));
  EXPECT_THAT(with({}, 0), HasSubstr("stop before"));
  EXPECT_THAT(with(bytes_of<int32_t>({1, 2, 5}), 3), HasSubstr("fewer values"));
}

TEST(IpcReaderTest, DictionaryIndicesAreChecked) {
  Stream stream(column("c", 0, "u"));
  const RawBatch rows{2, {{2, 0}}, {{}, bytes_of<int8_t>({1, 0})}};
  EXPECT_THAT(stream.refusal(rows), HasSubstr("index 1 is outside"));  // none came yet
  const RawBatch nulls{2, {{2, 2}}, {{0}, bytes_of<int8_t>({1, -7})}};
  EXPECT_EQ(stream.rows(nulls)->children[0]->dictionary->length, 0);
  RawBatch values{2, {{2, 0}}, {{}, bytes_of<int32_t>({0, 1, 2}), text("ab")}};
  values.dictionary_id = 0;
  stream.dictionary(values);
  EXPECT_EQ(stream.refusal(rows), "accepted");
  EXPECT_THAT(stream.refusal({2, {{2, 0}}, {{}, bytes_of<int8_t>({2, 0})}}),
              HasSubstr("column c: row 0: dictionary index 2"));
  EXPECT_THAT(stream.refusal({2, {{2, 0}}, {{}, bytes_of<int8_t>({1, -1})}}),
              HasSubstr("row 1: dictionary index -1"));
  values.dictionary_id = 5;
  EXPECT_THAT(stream.refusal(values), HasSubstr("id 5"));
}

TEST(IpcReaderTest, AGrowingDictionaryLeavesWhatWasExportedAlone) {
  Stream stream(column("i", 0, "u"));
  std::vector<UniqueArray> held;
  constexpr int kDeltas = 300;
  std::atomic<int> ready{0};
  std::atomic<bool> stop{false};
  held.resize(kDeltas);
  // Reads every dictionary again and again while later ones grow in the same memory.
  std::thread reader([&] {
    while (!stop) {
      for (int i = 0; i < ready; ++i) {
        const ArrowArray& d = *held[static_cast<size_t>(i)]->children[0]->dictionary;
        ASSERT_EQ(d.length, i + 1);
        const auto* offsets = static_cast<const int32_t*>(d.buffers[1]);
        const auto* data = static_cast<const char*>(d.buffers[2]);
        for (int k = 0; k <= i; ++k) ASSERT_EQ(data[offsets[k]], 'a' + k % 26);
        const auto* valid = static_cast<const uint8_t*>(d.buffers[0]);
        ASSERT_TRUE(i < 7 || !bit_at(valid, 7));
      }
    }
  });
  for (int i = 0; i < kDeltas; ++i) {
    const std::string word(1 + static_cast<size_t>(i % 40),
                           static_cast<char>('a' + i % 26));
    RawBatch values{1,
                    {{1, 0}},
                    {{static_cast<uint8_t>(i == 7 ? 0 : 1)},
                     bytes_of<int32_t>({0, static_cast<int32_t>(word.size())}),
                     text(word)}};
    values.dictionary_id = 0;
    values.is_delta = i > 0;
    stream.dictionary(values);
    held[static_cast<size_t>(i)] =
        stream.rows({1, {{1, 0}}, {{}, bytes_of<int32_t>({i})}});
    ready = i + 1;
  }
  stop = true;
  reader.join();
}

TEST(IpcReaderTest, AReplacedDictionaryLeavesWhatWasExportedAlone) {
  Stream stream(column("i", 0, "u"));
  RawBatch values{1, {{1, 0}}, {{}, bytes_of<int32_t>({0, 1}), text("a")}};
  values.dictionary_id = 0;
  const RawBatch row{1, {{1, 0}}, {{}, bytes_of<int32_t>({0})}};
  stream.dictionary(values);
  const UniqueArray first = stream.rows(row);
  values.buffers[2] = text("b");
  stream.dictionary(values);
  const UniqueArray second = stream.rows(row);
  const auto word = [](const UniqueArray& rows) {
    return *static_cast<const char*>(rows->children[0]->dictionary->buffers[2]);
  };
  EXPECT_EQ(word(first), 'a');
  EXPECT_EQ(word(second), 'b');
}

TEST(IpcReaderTest, MisalignedBuffersAreCopiedAndOthersAreNot) {
  Stream stream(column("d:38,2"));
  const RawBatch raw{1, {{1, 0}}, {{}, bytes_of<int64_t>({7, 0})}};
  const Message aligned = build(raw);
  stream.reader().read(aligned.header, aligned.body);
  EXPECT_EQ(values<uint8_t>(stream.reader().take_batch(), 1), aligned.body.data());
  for (const size_t shift : {1u, 3u, 8u}) {
    const UniqueArray rows = stream.rows(raw, shift);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(values<uint8_t>(rows, 1)) % 16, 0u);
    EXPECT_EQ(values<int64_t>(rows, 1)[0], 7);
  }
}

TEST(IpcReaderTest, HeadersAreReadAtAnyAlignment) {
  const Message message = build({1, {{1, 0}}, {{}, bytes_of<int32_t>({7})}});
  for (size_t shift = 0; shift < 8; ++shift) {
    Stream stream(column("i"));
    std::vector<uint8_t> moved(shift);
    moved.insert(moved.end(), message.header.begin(), message.header.end());
    const auto header = std::span<const uint8_t>(moved).subspan(shift);
    EXPECT_EQ(stream.reader().read(header, message.body), IpcMessage::kBatch);
  }
}

TEST(IpcReaderTest, CompressedBuffersAreBounded) {
  Stream stream(column("u"), {.max_decompressed = 1000});
  const auto with = [&](std::vector<uint8_t> data, int codec = 1) {
    auto offsets = bytes_of<int64_t>({-1});
    const auto stored = bytes_of<int32_t>({0, 3});
    offsets.insert(offsets.end(), stored.begin(), stored.end());
    RawBatch raw{1, {{1, 0}}, {{}, offsets, std::move(data)}};
    raw.codec = codec;
    return stream.refusal(raw);
  };
  const auto stored = [](int64_t claim, std::string_view bytes) {
    auto out = bytes_of<int64_t>({claim});
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
  };
  EXPECT_EQ(with(stored(-1, "abc")), "accepted");
  EXPECT_THAT(with(stored(-1, "ab")), HasSubstr("2 bytes where 3"));
  EXPECT_THAT(with(stored(3, "abc")), HasSubstr("damaged"));
  EXPECT_THAT(with(stored(3, "abc"), 0), HasSubstr("damaged"));
  EXPECT_THAT(with(stored(-2, "abc")), HasSubstr("claims -2"));
  EXPECT_THAT(with(stored(1001, "abc")), HasSubstr("claims 1001"));
  EXPECT_THAT(with(stored(INT64_MAX, "abc")), HasSubstr("claims"));
  EXPECT_THAT(with(text("abc")), HasSubstr("without its length"));
  EXPECT_THAT(with(stored(-1, "abc"), 7), HasSubstr("unknown compression codec"));
}

TEST(IpcReaderTest, OrderOfMessages) {
  IpcReader reader;
  const Message message = build({1, {{1, 0}}, {{}, bytes_of<int32_t>({7})}});
  EXPECT_THROW(reader.read(message.header, message.body), Error);
  const auto schema = IpcWriter(*column("i").get()).schema();
  EXPECT_EQ(reader.read({}, {}), IpcMessage::kOther);
  EXPECT_EQ(reader.read(schema.header, {}), IpcMessage::kSchema);
  EXPECT_THROW(reader.read(schema.header, {}), Error);
  EXPECT_EQ(reader.read(message.header, message.body), IpcMessage::kBatch);
  EXPECT_EQ(reader.take_batch()->length, 1);
  EXPECT_THROW(static_cast<void>(reader.take_batch()), Error);
}

// A consumer may keep one column, and drop the others and the reader.
TEST(IpcReaderTest, ChildrenOutliveTheirParent) {
  UniqueArray kept;
  {
    Stream stream(column("c", 0, "u"));
    RawBatch values{1, {{1, 0}}, {{}, bytes_of<int32_t>({0, 3}), text("abc")}};
    values.dictionary_id = 0;
    stream.dictionary(values);
    const UniqueArray rows = stream.rows({1, {{1, 0}}, {{}, {0}}});
    ArrowArrayMove(rows->children[0]->dictionary, kept.get());
  }
  EXPECT_EQ(std::string_view(static_cast<const char*>(kept->buffers[2]), 3), "abc");
}

// Fields that contain each other: a walk of all paths would take 2^60 steps.
TEST(IpcReaderTest, ASchemaOfSharedFieldsEnds) {
  FlatBuilder builder;
  flatcc_builder_t* b = builder.get();
  FLETCHING_IPC(Message_start_as_root)(b);
  FLETCHING_IPC(Message_version_add)(b, FLETCHING_IPC(MetadataVersion_V5));
  FLETCHING_IPC(Field_ref_t) below = 0;
  for (int level = 0; level < 60; ++level) {
    FLETCHING_IPC(Field_vec_ref_t) children = 0;
    if (below != 0) {
      const FLETCHING_IPC(Field_ref_t) twice[] = {below, below};
      children = FLETCHING_IPC(Field_vec_create)(b, twice, 2);
    }
    FLETCHING_IPC(Field_start)(b);
    FLETCHING_IPC(Field_type_Struct__create)(b);
    if (children != 0) FLETCHING_IPC(Field_children_add)(b, children);
    below = FLETCHING_IPC(Field_end)(b);
  }
  FLETCHING_IPC(Message_header_Schema_start)(b);
  FLETCHING_IPC(Schema_fields_start)(b);
  FLETCHING_IPC(Schema_fields_push)(b, below);
  FLETCHING_IPC(Schema_fields_end)(b);
  FLETCHING_IPC(Message_header_Schema_end)(b);
  FLETCHING_IPC(Message_end_as_root)(b);
  IpcReader reader;
  EXPECT_THROW(reader.read(builder.finish(), {}), Error);
}

}  // namespace
}  // namespace fletching
