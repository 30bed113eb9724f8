// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

class Ingest : public SessionTest {
 protected:
  Ingest() {
    on("CommandStatementIngest", [](const Seen& seen) {
      int64_t rows = 0;
      for (const auto& batch : rows_of(seen).batches) rows += batch->length;
      return answer_of({count_result(rows)});
    });
  }

  int64_t run(std::vector<UniqueArray> batches, const ProgressCallback& progress = {}) {
    GivenRows rows(schema_of_ints(), std::move(batches));
    return open()->ingest(target_, rows, progress, Wait{});
  }
  PutRows sent() const { return rows_of(last("CommandStatementIngest")); }
  std::vector<int64_t> values_sent() const {
    std::vector<int64_t> out;
    for (const auto& batch : sent().batches) {
      const auto* values = static_cast<const int64_t*>(batch->children[0]->buffers[1]);
      out.insert(out.end(), values, values + batch->length);
    }
    return out;
  }

  IngestTarget target_{.table = "t"};
};

TEST_F(Ingest, TheCommandSaysWhereAndHow) {
  target_.catalog = "";
  target_.schema = "main";
  target_.temporary = true;
  target_.exists = IngestTarget::Exists::kReplace;
  target_.missing = IngestTarget::Missing::kFail;
  target_.options = {{"a", "1"}, {"b", ""}};
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 3));
  const auto session = open();
  session->begin(Wait{});
  GivenRows rows(schema_of_ints(), std::move(batches));
  EXPECT_EQ(session->ingest(target_, rows, {}, Wait{}), 3);
  const std::string command = last("CommandStatementIngest").inner();
  EXPECT_EQ(bytes_field(command, 1), "\x08\x02\x10\x03");
  EXPECT_EQ(bytes_field(command, 2), "t");
  EXPECT_EQ(bytes_field(command, 3), "main");
  EXPECT_THAT(command, HasSubstr(std::string("\x22\x00", 2)))
      << "an empty catalog is not none";
  EXPECT_EQ(number_field(command, 5), 1);
  EXPECT_EQ(bytes_field(command, 6), "tx1");
  EXPECT_EQ(bytes_field(command, 1000), std::string("\x0a\x01"
                                                    "b\x12\x00",
                                                    5));
}

TEST_F(Ingest, WithoutATransactionNoneIsNamed) {
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 1));
  run(std::move(batches));
  const std::string command = last("CommandStatementIngest").inner();
  EXPECT_EQ(bytes_field(command, 6), "");
  EXPECT_EQ(bytes_field(command, 1), "\x08\x01\x10\x01") << "create, fail if there";
}

TEST_F(Ingest, LargeBatchesAreSliced) {
  target_.max_message = 4096;
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 10'000));
  EXPECT_EQ(run(std::move(batches)), 10'000);
  const Seen& put = last("CommandStatementIngest");
  std::vector<size_t> sizes;
  for (const auto& message : put.messages) sizes.push_back(message.size());
  EXPECT_THAT(sizes, Each(Le(4096u)));
  EXPECT_LT(sizes.size(), 30u) << "not smaller than they must be";
  std::vector<int64_t> expected(10'000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(values_sent(), expected);
}

TEST_F(Ingest, ARowThatIsLargerThanAnyMessageGoesAlone) {
  target_.max_message = 16;
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 3));
  EXPECT_EQ(run(std::move(batches)), 3);
  EXPECT_THAT(sent().lengths(), ElementsAre(1, 1, 1));
}

TEST_F(Ingest, TinyBatchesAreMergedInOrder) {
  std::vector<UniqueArray> batches;
  for (int64_t i = 0; i < 1000; ++i) batches.push_back(ints(i * 100, 100));
  EXPECT_EQ(run(std::move(batches)), 100'000);
  EXPECT_THAT(sent().lengths(), ElementsAre(Gt(50'000), Gt(1000)));
  std::vector<int64_t> expected(100'000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(values_sent(), expected);
}

TEST_F(Ingest, ALargeBatchBetweenTinyOnesKeepsItsPlace) {
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 2));
  batches.push_back(ints(2, 2));
  batches.push_back(ints(4, 40'000));
  batches.push_back(ints(0, 0));
  batches.push_back(ints(40'004, 1));
  EXPECT_EQ(run(std::move(batches)), 40'005);
  EXPECT_THAT(sent().lengths(), ElementsAre(4, 40'000, 1));
  std::vector<int64_t> expected(40'005);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(values_sent(), expected);
}

TEST_F(Ingest, NoRowsStillMakeTheTable) {
  EXPECT_EQ(run({}), 0);
  EXPECT_NE(sent().schema->release, nullptr);
  EXPECT_THAT(sent().batches, SizeIs(0));
}

TEST_F(Ingest, ProgressIsTold) {
  target_.max_message = 4096;
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 2000));
  std::vector<int64_t> rows;
  int64_t bytes = 0;
  run(std::move(batches), [&](const Progress& now) {
    rows.push_back(now.rows);
    EXPECT_GT(now.bytes, bytes);
    bytes = now.bytes;
  });
  EXPECT_GT(rows.size(), 3u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(rows.back(), 2000);
}

TEST_F(Ingest, AListenerThatThrowsEndsIt) {
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 2));
  EXPECT_THROW(run(std::move(batches),
                   [](const Progress&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_TRUE(seen_.empty()) << "the call was reset, not ended";
}

TEST_F(Ingest, ACancelEndsIt) {
  CancelToken token;
  GivenRows rows(ints(0, 2));
  const auto session = open();
  const Error error = error_of([&] {
    token.cancel();
    session->ingest(target_, rows, {}, Wait{{}, &token, nullptr});
  });
  EXPECT_EQ(error.code(), Code::kCancelled);
  EXPECT_TRUE(seen_.empty());
}

TEST_F(Ingest, AnErrorThatFollowsACountIsSeen) {
  on("CommandStatementIngest", [](const Seen&) {
    FakeReply reply = answer_of({count_result(2)});
    reply.error = fake_status(13, "disk full");
    return reply;
  });
  std::vector<UniqueArray> batches;
  batches.push_back(ints(0, 2));
  EXPECT_THAT(error_of([&] { run(std::move(batches)); }).message(),
              HasSubstr("ingest into t: disk full"));
}

TEST_F(Ingest, AnUnknownCountIsUnknown) {
  on("CommandStatementIngest",
     [](const Seen&) { return answer_of({count_result(-1)}); });
  EXPECT_EQ(run({}), -1);
}

TEST_F(Ingest, AServerWithoutItSaysSo) {
  fails("CommandStatementIngest", fake_status(12, "no"));
  EXPECT_EQ(error_of([&] { run({}); }).code(), Code::kNotImplemented);
}

// The same eight words for all rows, in slices of a few.
TEST_F(Ingest, ADictionaryIsSentOnceForAllSlices) {
  UniqueSchema schema = schema_of_ints();
  ArrowSchemaRelease(schema->children[0]);
  ArrowSchemaInit(schema->children[0]);
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_INT32));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(schema->children[0], "d"));
  NANOARROW_THROW_NOT_OK(ArrowSchemaAllocateDictionary(schema->children[0]));
  ArrowSchemaInit(schema->children[0]->dictionary);
  NANOARROW_THROW_NOT_OK(
      ArrowSchemaSetType(schema->children[0]->dictionary, NANOARROW_TYPE_STRING));
  std::vector<UniqueArray> batches(1);
  ArrowArray* rows = batches[0].get();
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(rows, schema.get(), nullptr));
  NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(rows));
  ArrowArray* words = rows->children[0]->dictionary;
  for (int i = 0; i < 8; ++i) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendString(words, ArrowCharView("word")));
  }
  for (int i = 0; i < 5000; ++i) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(rows->children[0], i % 8));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(rows));
  }
  NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(rows, nullptr));
  target_.max_message = 2048;
  GivenRows source(std::move(schema), std::move(batches));
  EXPECT_EQ(open()->ingest(target_, source, {}, Wait{}), 5000);
  EXPECT_EQ(sent().dictionaries, 1);
  EXPECT_GT(sent().batches.size(), 5u);
}

}  // namespace
}  // namespace fletching
