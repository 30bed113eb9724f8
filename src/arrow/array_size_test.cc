// SPDX-License-Identifier: Apache-2.0
#include "arrow/array_size.h"

#include <gtest/gtest.h>

#include <string>

namespace fletching {
namespace {

void ok(int code) { NANOARROW_THROW_NOT_OK(code); }

struct Given {
  UniqueSchema schema;
  UniqueArray rows;
  [[nodiscard]] int64_t size(int64_t start, int64_t length) const {
    return size_of_rows(compile_type(*schema.get()), *rows.get(), start, length);
  }
};

// 100 rows of one column; `append` adds a row.
template <class Append>
Given column(const char* format, Append&& append) {
  Given out;
  ArrowSchemaInit(out.schema.get());
  ok(ArrowSchemaSetTypeStruct(out.schema.get(), 1));
  ok(ArrowSchemaSetFormat(out.schema->children[0], format));
  ok(ArrowSchemaSetName(out.schema->children[0], "c"));
  if (std::string(format) == "+l") {
    ok(ArrowSchemaAllocateChildren(out.schema->children[0], 1));
    ArrowSchemaInit(out.schema->children[0]->children[0]);
    ok(ArrowSchemaSetFormat(out.schema->children[0]->children[0], "i"));
    ok(ArrowSchemaSetName(out.schema->children[0]->children[0], "item"));
  }
  ok(ArrowArrayInitFromSchema(out.rows.get(), out.schema.get(), nullptr));
  ok(ArrowArrayStartAppending(out.rows.get()));
  for (int64_t i = 0; i < 100; ++i) {
    append(out.rows->children[0], i);
    ok(ArrowArrayFinishElement(out.rows.get()));
  }
  ok(ArrowArrayFinishBuildingDefault(out.rows.get(), nullptr));
  return out;
}

TEST(SizeOfRows, OfFixedWidths) {
  const Given given =
      column("l", [](ArrowArray* to, int64_t i) { ok(ArrowArrayAppendInt(to, i)); });
  EXPECT_EQ(given.size(0, 100), 800);
  EXPECT_EQ(given.size(90, 10), 80);
  EXPECT_EQ(given.size(0, 0), 0);
}

TEST(SizeOfRows, OfTextCountsTheSlicesBytesAlone) {
  const auto append = [](ArrowArray* to, int64_t i) {
    const std::string text(static_cast<size_t>(i < 50 ? 1000 : 20), 'x');
    ok(ArrowArrayAppendString(to, ArrowCharView(text.c_str())));
  };
  EXPECT_EQ(column("u", append).size(0, 50), 50 * 1004);
  EXPECT_EQ(column("u", append).size(50, 50), 50 * 24);
  EXPECT_EQ(column("U", append).size(50, 50), 50 * 28);
  EXPECT_EQ(column("vu", append).size(50, 50), 50 * 36);
}

TEST(SizeOfRows, OfListsCountsTheirItems) {
  const Given given = column("+l", [](ArrowArray* to, int64_t i) {
    for (int64_t k = 0; k < i % 2 * 3; ++k) {
      ok(ArrowArrayAppendInt(to->children[0], k));
    }
    ok(ArrowArrayFinishElement(to));
  });
  EXPECT_EQ(given.size(0, 100), 100 * 4 + 50 * 3 * 4);
}

TEST(SizeOfRows, CountsValidityWhereThereIsOne) {
  const Given given =
      column("i", [](ArrowArray* to, int64_t) { ok(ArrowArrayAppendNull(to, 1)); });
  EXPECT_EQ(given.size(0, 100), 400 + 13);
}

}  // namespace
}  // namespace fletching
