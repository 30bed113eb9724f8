// SPDX-License-Identifier: Apache-2.0
#include "arrow/row_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;

SharedRows shared(UniqueArray rows) {
  return std::make_shared<const UniqueArray>(std::move(rows));
}

// The values of the first column, wherever its offset puts them.
std::vector<int64_t> values(const ArrowArray& rows, int64_t column = 0) {
  const ArrowArray& of = *rows.children[column];
  const auto* begin = static_cast<const int64_t*>(of.buffers[1]) + of.offset;
  return {begin, begin + rows.length};
}

std::vector<int64_t> all_values(ResultStream& stream) {
  std::vector<int64_t> out;
  for (Batch batch; stream.next(batch, Wait{}) == Next::kBatch; batch = Batch()) {
    for (const int64_t value : values(*batch.rows.get())) out.push_back(value);
  }
  return out;
}

std::unique_ptr<ResultStream> given(std::vector<int64_t> lengths) {
  std::vector<UniqueArray> batches;
  int64_t first = 0;
  for (const int64_t length : lengths) {
    batches.push_back(ints(first, length));
    first += length;
  }
  return std::make_unique<GivenRows>(schema_of_ints(), std::move(batches));
}

TEST(SliceRows, OutlivesTheRowsItWasCutFrom) {
  UniqueArray slice;
  {
    const SharedRows rows = shared(ints(0, 10));
    slice = slice_rows(rows, 3, 4);
  }
  EXPECT_EQ(slice->length, 4);
  EXPECT_EQ(slice->offset, 0) << "not every reader looks at it";
  EXPECT_EQ(slice->children[0]->length, 4);
  EXPECT_THAT(values(*slice.get()), ElementsAre(3, 4, 5, 6));
}

TEST(SliceRows, HonoursTheOffsetOfItsSource) {
  UniqueArray rows = ints(0, 10);
  rows->offset = 2;
  rows->length = 8;
  EXPECT_THAT(values(*slice_rows(shared(std::move(rows)), 1, 2).get()),
              ElementsAre(3, 4));
}

TEST(SliceRows, ColumnsCanBeMovedOutAndReleasedAlone) {
  UniqueArray slice = slice_rows(shared(ints(5, 3)), 0, 3);
  UniqueArray column;
  ArrowArrayMove(slice->children[0], column.get());
  slice.reset();
  EXPECT_EQ(static_cast<const int64_t*>(column->buffers[1])[0], 5);
}

TEST(SelectColumns, MayNameThemAnewAndTakeOneTwice) {
  const UniqueSchema schema = schema_of_ints("n");
  const auto stream = select_columns(given({2, 3}), *schema.get(), {0, 0}, {"", "m"});
  EXPECT_STREQ(stream->schema(Wait{}).children[0]->name, "n");
  EXPECT_STREQ(stream->schema(Wait{}).children[1]->name, "m");
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  EXPECT_THAT(values(*batch.rows.get(), 0), ElementsAre(0, 1));
  EXPECT_THAT(values(*batch.rows.get(), 1), ElementsAre(0, 1));
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  EXPECT_THAT(values(*batch.rows.get(), 1), ElementsAre(2, 3, 4));
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
}

TEST(ParameterRows, OneBatchIsSeenWholeAndCanBeReadAgain) {
  ParameterRows rows(given({3}), Wait{});
  EXPECT_EQ(rows.seen(), 3);
  EXPECT_TRUE(rows.complete());
  for (int again = 0; again < 2; ++again) {
    EXPECT_THAT(all_values(*rows.stream(Wait{})), ElementsAre(0, 1, 2));
  }
}

TEST(ParameterRows, LooksNoFurtherAheadThanItMust) {
  ParameterRows rows(given({0, 1, 0, 1, 1, 1}), Wait{});
  EXPECT_GE(rows.seen(), 2);
  EXPECT_FALSE(rows.complete());
  EXPECT_THAT(all_values(*rows.stream(Wait{})), ElementsAre(0, 1, 2, 3));
}

TEST(ParameterRows, KnowsThatThereAreNone) {
  ParameterRows rows(given({0, 0}), Wait{});
  EXPECT_EQ(rows.seen(), 0);
  EXPECT_TRUE(rows.complete());
}

TEST(RowCursor, GivesEachRowAloneAcrossBatches) {
  ParameterRows rows(given({2, 0, 1}), Wait{});
  RowCursor cursor(rows, Wait{});
  std::vector<int64_t> seen;
  while (cursor.next(Wait{})) {
    for (const int64_t value : all_values(*cursor.row(Wait{}))) seen.push_back(value);
    EXPECT_EQ(cursor.count(), std::ssize(seen));
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace fletching
