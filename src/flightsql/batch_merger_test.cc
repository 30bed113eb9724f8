// SPDX-License-Identifier: Apache-2.0
#include "flightsql/batch_merger.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"

namespace fletching {
namespace {

void ok(int code) { NANOARROW_THROW_NOT_OK(code); }

UniqueSchema struct_of(const std::vector<std::string>& formats) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  ok(ArrowSchemaSetTypeStruct(schema.get(), static_cast<int64_t>(formats.size())));
  for (size_t i = 0; i < formats.size(); ++i) {
    ArrowSchema* child = schema->children[i];
    ok(ArrowSchemaSetFormat(child, formats[i].c_str()));
    ok(ArrowSchemaSetName(child, ("c" + std::to_string(i)).c_str()));
    if (formats[i][0] != '+') continue;
    ok(ArrowSchemaAllocateChildren(child, 1));
    ArrowSchemaInit(child->children[0]);
    ok(ArrowSchemaSetFormat(child->children[0], "u"));
    ok(ArrowSchemaSetName(child->children[0], "item"));
  }
  return schema;
}

const std::vector<std::string> kFormats = {"n", "b",  "i",  "g",    "w:3", "u",
                                           "Z", "vu", "+l", "+w:2", "+L",  "+s"};

std::string word(std::mt19937& random) {
  return std::string(random() % 30, static_cast<char>('a' + random() % 26));
}

void append(ArrowArray* to, const std::string& format, std::mt19937& random) {
  if (random() % 5 == 0) return ok(ArrowArrayAppendNull(to, 1));
  const auto text = [&](ArrowArray* into) {
    const std::string w = word(random);
    ok(ArrowArrayAppendBytes(into, {{w.data()}, static_cast<int64_t>(w.size())}));
  };
  if (format == "n") return ok(ArrowArrayAppendNull(to, 1));
  if (format == "b") return ok(ArrowArrayAppendInt(to, random() % 2));
  if (format == "i") return ok(ArrowArrayAppendInt(to, random() % 1000));
  if (format == "g")
    return ok(ArrowArrayAppendDouble(to, static_cast<int>(random() % 1000)));
  if (format == "w:3") {
    return ok(ArrowArrayAppendBytes(to, {{"xyz"}, 3}));
  }
  if (format[0] != '+') return text(to);
  const size_t items = format == "+w:2" ? 2 : format == "+s" ? 1 : random() % 4;
  for (size_t i = 0; i < items; ++i) text(to->children[0]);
  ok(ArrowArrayFinishElement(to));
}

UniqueArray random_rows(const ArrowSchema* schema, int64_t count,
                        std::mt19937& random) {
  UniqueArray rows;
  ok(ArrowArrayInitFromSchema(rows.get(), schema, nullptr));
  ok(ArrowArrayStartAppending(rows.get()));
  for (int64_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < kFormats.size(); ++c) {
      append(rows->children[c], kFormats[c], random);
    }
    ok(ArrowArrayFinishElement(rows.get()));
  }
  ok(ArrowArrayFinishBuildingDefault(rows.get(), nullptr));
  return rows;
}

// Writes rows as text, over IPC, so that what is wrong inside is found too.
std::string text_of(const ArrowArrayView* view, int64_t row) {
  if (ArrowArrayViewIsNull(view, row) != 0) return "NULL";
  switch (view->storage_type) {
    case NANOARROW_TYPE_BOOL:
    case NANOARROW_TYPE_INT32:
      return std::to_string(ArrowArrayViewGetIntUnsafe(view, row));
    case NANOARROW_TYPE_DOUBLE:
      return std::to_string(ArrowArrayViewGetDoubleUnsafe(view, row));
    case NANOARROW_TYPE_STRUCT: {
      std::string out = "{";
      for (int64_t i = 0; i < view->n_children; ++i) {
        out += text_of(view->children[i], row + view->offset) + ";";
      }
      return out + "}";
    }
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_FIXED_SIZE_LIST: {
      const bool fixed = view->storage_type == NANOARROW_TYPE_FIXED_SIZE_LIST;
      const int64_t at = row + view->offset;
      const int64_t begin = fixed ? 2 * at : ArrowArrayViewListChildOffset(view, at);
      const int64_t end =
          fixed ? begin + 2 : ArrowArrayViewListChildOffset(view, at + 1);
      std::string out = "[";
      for (int64_t i = begin; i < end; ++i) out += text_of(view->children[0], i) + ",";
      return out + "]";
    }
    default: {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view, row);
      return std::string(bytes.data.as_char, static_cast<size_t>(bytes.size_bytes));
    }
  }
}

std::string rows_as_text(const ArrowSchema& schema, const ArrowArray& rows) {
  IpcWriter writer(schema);
  IpcReader reader;
  std::string out;
  const auto pass = [&](const IpcEncoded& message) {
    Body body = Body::allocate(static_cast<size_t>(message.body_size));
    uint8_t* at = body.data();
    for (const auto part : message.body) at = std::copy(part.begin(), part.end(), at);
    return reader.read(message.header, std::move(body));
  };
  pass(writer.schema());
  for (const IpcEncoded& message : writer.batch(rows)) {
    EXPECT_EQ(pass(message), IpcMessage::kBatch);
  }
  const UniqueArray read = reader.take_batch();
  UniqueArrayView view;
  ok(ArrowArrayViewInitFromSchema(view.get(), &schema, nullptr));
  ok(ArrowArrayViewSetArray(view.get(), read.get(), nullptr));
  for (int64_t i = 0; i < read->length; ++i) out += text_of(view.get(), i) + "\n";
  return out;
}

TEST(BatchMerger, KeepsEveryValueOfSlicesOfEveryType) {
  const UniqueSchema schema = struct_of(kFormats);
  const auto merger = BatchMerger::of(*schema.get());
  ASSERT_NE(merger, nullptr);
  std::mt19937 random(42);
  for (int round = 0; round < 20; ++round) {
    std::vector<UniqueArray> owned;
    std::vector<ArrowArray> slices;
    std::string expected;
    for (size_t i = 0; i < 2 + random() % 4; ++i) {
      owned.push_back(random_rows(schema.get(), 1 + random() % 20, random));
      ArrowArray slice = *owned.back().get();
      slice.offset =
          static_cast<int64_t>(random() % static_cast<uint64_t>(slice.length));
      slice.length -= slice.offset;
      slice.release = nullptr;
      slices.push_back(slice);
      expected += rows_as_text(*schema.get(), slice);
    }
    std::vector<const ArrowArray*> parts;
    for (const auto& slice : slices) parts.push_back(&slice);
    const MergedRows merged = merger->merge(parts);
    EXPECT_EQ(rows_as_text(*schema.get(), merged.rows()), expected);
  }
}

TEST(BatchMerger, LeavesWhatItCannotMergeAlone) {
  UniqueSchema schema = struct_of({"i"});
  ok(ArrowSchemaAllocateDictionary(schema->children[0]));
  ArrowSchemaInit(schema->children[0]->dictionary);
  ok(ArrowSchemaSetType(schema->children[0]->dictionary, NANOARROW_TYPE_STRING));
  EXPECT_EQ(BatchMerger::of(*schema.get()), nullptr);
  UniqueSchema lists = struct_of({"+vl"});
  EXPECT_EQ(BatchMerger::of(*lists.get()), nullptr);
}

}  // namespace
}  // namespace fletching
