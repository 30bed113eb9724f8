// SPDX-License-Identifier: Apache-2.0
#include "driver/parameters.h"

#include "arrow/row_slices.h"
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNames[] = {"a", "b", "c"};

// Rows of whole numbers with columns a, b, c: row i has 10 i + the column's number.
UniqueSchema schema_of(int64_t columns) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema.get(), columns));
  for (int64_t i = 0; i < columns; ++i) {
    NANOARROW_THROW_NOT_OK(
        ArrowSchemaSetType(schema->children[i], NANOARROW_TYPE_INT64));
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(schema->children[i], kNames[i]));
  }
  return schema;
}

UniqueArray rows_of(int64_t columns, int64_t first, int64_t count) {
  const UniqueSchema schema = schema_of(columns);
  UniqueArray rows;
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(rows.get(), schema.get(), nullptr));
  NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(rows.get()));
  for (int64_t row = first; row < first + count; ++row) {
    for (int64_t i = 0; i < columns; ++i) {
      NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(rows->children[i], 10 * row + i));
    }
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(rows.get()));
  }
  NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(rows.get(), nullptr));
  return rows;
}

std::unique_ptr<ResultStream> stream_of(
    int64_t columns, std::vector<std::pair<int64_t, int64_t>> parts) {
  std::vector<UniqueArray> batches;
  for (const auto& [first, count] : parts) {
    batches.push_back(rows_of(columns, first, count));
  }
  return std::make_unique<GivenRows>(schema_of(columns), std::move(batches));
}

// All values of a batch, row by row, as a reader of its offsets sees them.
void append_values(const ArrowArray& batch, std::vector<int64_t>& out) {
  for (int64_t row = 0; row < batch.length; ++row) {
    for (int64_t i = 0; i < batch.n_children; ++i) {
      const ArrowArray& column = *batch.children[i];
      const auto* values = static_cast<const int64_t*>(column.buffers[1]);
      out.push_back(values[batch.offset + column.offset + row]);
    }
  }
}

std::vector<int64_t> values_of(ResultStream& stream) {
  std::vector<int64_t> out;
  for (Batch batch; stream.next(batch, Wait{}) == Next::kBatch; batch = Batch()) {
    append_values(*batch.rows.get(), out);
  }
  return out;
}

std::vector<std::string> names_of(ResultStream& stream) {
  std::vector<std::string> out;
  const ArrowSchema& schema = stream.schema(Wait{});
  for (int64_t i = 0; i < schema.n_children; ++i) {
    out.emplace_back(schema.children[i]->name);
  }
  return out;
}

std::string complaint(const PreparedText& text, int64_t columns) {
  const Error error = error_of(
      [&] { static_cast<void>(fit_to_values(stream_of(columns, {}), text, Wait{})); });
  EXPECT_EQ(error.code(), Code::kInvalidArgument);
  EXPECT_EQ(error.sqlstate(), "07001");
  return error.message();
}

TEST(FitToValues, ByNameInTheOrderOfTheText) {
  const PreparedText text =
      find_placeholders("select :c, :a, :c", ParameterStyle::kNamed, generic_dialect());
  EXPECT_THAT(complaint(text, 3), HasSubstr("b"));
  EXPECT_THAT(complaint(text, 1), HasSubstr("c"));
  const PreparedText all =
      find_placeholders("select :c, :a, :b", ParameterStyle::kNamed, generic_dialect());
  const auto fitted = fit_to_values(stream_of(3, {{1, 2}}), all, Wait{});
  EXPECT_THAT(values_of(*fitted), ElementsAre(12, 10, 11, 22, 20, 21));
}

TEST(FitToValues, ByPosition) {
  const PreparedText text =
      find_placeholders("select ?, ?", ParameterStyle::kQmark, generic_dialect());
  EXPECT_THAT(complaint(text, 1), HasSubstr("2 values"));
  EXPECT_THAT(complaint(text, 3), HasSubstr("3 were given"));
  const auto fitted = fit_to_values(stream_of(2, {{1, 1}}), text, Wait{});
  EXPECT_THAT(values_of(*fitted), ElementsAre(10, 11));
}

TEST(FitToSlots, AValueThatIsUsedTwiceHasTwoColumnsWhereTheServerCounts) {
  PreparedText text =
      find_placeholders("select :a, :b, :a", ParameterStyle::kNamed, generic_dialect());
  rewrite_for_server(text);
  EXPECT_EQ(text.sent, "select ?, ?, ?");
  const auto fitted = fit_to_slots(stream_of(2, {{1, 2}}), text, Wait{});
  EXPECT_THAT(values_of(*fitted), ElementsAre(10, 11, 10, 20, 21, 20));
}

TEST(FitToSlots, ColumnsAreNamedAsTheServerLooksForThem) {
  PreparedText text = find_placeholders("select ?, ?", ParameterStyle::kQmark,
                                        *find_dialect("datafusion"));
  rewrite_for_server(text);
  EXPECT_EQ(text.sent, "select $1, $2");
  const auto fitted = fit_to_slots(stream_of(2, {}), text, Wait{});
  EXPECT_THAT(names_of(*fitted), ElementsAre("$1", "$2"));
}

TEST(RowSlices, AreRowsOfTheSameBytes) {
  const auto rows = std::make_shared<const UniqueArray>(rows_of(2, 0, 10));
  UniqueArray slice = slice_rows(rows, 3, 2);
  std::vector<int64_t> values;
  append_values(*slice.get(), values);
  EXPECT_THAT(values, ElementsAre(30, 31, 40, 41));
  EXPECT_EQ(slice->children[0]->buffers[1], (*rows)->children[0]->buffers[1]);
  // A slice of a slice, whose first owner is gone.
  const auto outer = std::make_shared<const UniqueArray>(std::move(slice));
  const UniqueArray inner = slice_rows(outer, 1, 1);
  values.clear();
  append_values(*inner.get(), values);
  EXPECT_THAT(values, ElementsAre(40, 41));
}

TEST(RowSlices, AColumnThatWasMovedOutKeepsItsRows) {
  UniqueArray column;
  {
    const auto rows = std::make_shared<const UniqueArray>(rows_of(2, 0, 3));
    UniqueArray slice = slice_rows(rows, 1, 2);
    ArrowArrayMove(slice->children[1], column.get());
  }
  EXPECT_EQ(static_cast<const int64_t*>(column->buffers[1])[column->offset], 11);
}

TEST(ParameterRows, SeesWhetherThereIsNoneOneOrMore) {
  EXPECT_EQ(ParameterRows(stream_of(1, {}), Wait{}).seen(), 0);
  EXPECT_EQ(ParameterRows(stream_of(1, {{0, 0}, {1, 1}}), Wait{}).seen(), 1);
  ParameterRows many(stream_of(1, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}), Wait{});
  EXPECT_GE(many.seen(), 2);
  EXPECT_FALSE(many.complete());
  EXPECT_THAT(values_of(*many.stream(Wait{})), ElementsAre(10, 20, 30, 40));
}

TEST(ParameterRows, CompleteOnesAreGivenAgain) {
  ParameterRows rows(stream_of(1, {{1, 2}}), Wait{});
  ASSERT_TRUE(rows.complete());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(values_of(*rows.stream(Wait{})), ElementsAre(10, 20));
  }
}

TEST(RowCursor, GoesRowByRowOverBatches) {
  ParameterRows rows(stream_of(2, {{1, 2}, {3, 0}, {4, 1}}), Wait{});
  std::vector<int64_t> values;
  for (RowCursor cursor(rows, Wait{}); cursor.next(Wait{});) {
    for (const int64_t value : values_of(*cursor.row(Wait{}))) values.push_back(value);
  }
  EXPECT_THAT(values, ElementsAre(10, 11, 20, 21, 40, 41));
}

}  // namespace
}  // namespace fletching
