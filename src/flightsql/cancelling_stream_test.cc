// SPDX-License-Identifier: Apache-2.0
#include "flightsql/actions.h"
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

class Cancelling : public SessionTest {
 protected:
  Cancelling() {
    // Two endpoints, and the second has not ended when the first batch is there.
    on("CommandStatementQuery",
       [this](const Seen&) { return answer_of({info_of(tickets_)}); });
    on("CancelFlightInfo",
       [](const Seen&) { return answer_of({result_of("\x08\x01")}); });
    on("CancelQuery", [](const Seen&) { return FakeReply(); });
  }

  // A stream of which one batch was read.
  std::unique_ptr<ResultStream> begun(Session& session, const Wait& wait = {}) {
    auto stream = session.query("select 1")->execute(wait);
    Batch batch;
    EXPECT_EQ(stream->next(batch, wait), Next::kBatch);
    return stream;
  }

  std::vector<std::string> tickets_ = {"a", "b"};
};

TEST_F(Cancelling, TheReaderTellsTheServerBeforeItIsTold) {
  const auto session = open();
  CancelToken token;
  const Wait wait{{}, &token, nullptr};
  const auto stream = begun(*session, wait);
  stream->cancel();
  Batch batch;
  EXPECT_EQ(error_of([&] { stream->next(batch, wait); }).code(), Code::kCancelled);
  EXPECT_EQ(seen_.back().name, "CancelFlightInfo");
  EXPECT_EQ(bytes_field(seen_.back().body, 1), info_of(tickets_))
      << "bare, with the FlightInfo as it came";
  EXPECT_EQ(error_of([&] { stream->next(batch, wait); }).code(), Code::kCancelled);
  const auto all = names();
  EXPECT_EQ(std::count(all.begin(), all.end(), "CancelFlightInfo"), 1) << "once";
}

TEST_F(Cancelling, AServerOfOldIsAskedItsOwnWay) {
  fails("CancelFlightInfo", fake_status(12, "no"));
  const auto session = open();
  for (int i = 0; i < 2; ++i) {
    const auto stream = begun(*session);
    stream->cancel();
    Batch batch;
    EXPECT_EQ(error_of([&] { stream->next(batch, Wait{}); }).code(), Code::kCancelled);
    EXPECT_EQ(seen_.back().name, "CancelQuery");
    EXPECT_EQ(seen_.back().body, cancel_query_body(info_of(tickets_)));
  }
  const auto all = names();
  EXPECT_EQ(std::count(all.begin(), all.end(), "CancelFlightInfo"), 1)
      << "what it does not know is remembered";
}

TEST_F(Cancelling, AServerThatKnowsNeitherIsLeftAlone) {
  fails("CancelFlightInfo", fake_status(12, "no"));
  fails("CancelQuery", fake_status(12, "no"));
  const auto session = open();
  for (int i = 0; i < 3; ++i) {
    const auto stream = begun(*session);
    stream->cancel();
    Batch batch;
    EXPECT_EQ(error_of([&] { stream->next(batch, Wait{}); }).code(), Code::kCancelled);
  }
  const auto all = names();
  EXPECT_EQ(std::count(all.begin(), all.end(), "CancelFlightInfo"), 1);
  EXPECT_EQ(std::count(all.begin(), all.end(), "CancelQuery"), 1);
  begun(*session).reset();
  session->close(Wait{});
  EXPECT_EQ(names().size(), all.size() + 3) << "query, two DoGets";
}

TEST_F(Cancelling, OfADroppedStreamRidesWithTheNextCall) {
  const auto session = open();
  begun(*session).reset();
  EXPECT_THAT(names(), Not(Contains("CancelFlightInfo"))) << "destructors do not send";
  static_cast<void>(session->query("select 2")->execute(Wait{}));
  EXPECT_THAT(names(),
              ElementsAre("CommandStatementQuery", "DoGet", "DoGet", "CancelFlightInfo",
                          "CommandStatementQuery", "DoGet", "DoGet"));
}

TEST_F(Cancelling, DroppedStreamsLearnWhatTheServerDoesNotKnow) {
  fails("CancelFlightInfo", fake_status(12, "no"));
  fails("CancelQuery", fake_status(12, "no"));
  const auto session = open();
  for (int i = 0; i < 6; ++i) begun(*session).reset();
  const auto all = names();
  EXPECT_LE(std::count(all.begin(), all.end(), "CancelFlightInfo"), 2);
  EXPECT_LE(std::count(all.begin(), all.end(), "CancelQuery"), 2);
}

TEST_F(Cancelling, AResultReadToItsEndIsNotCancelled) {
  const auto session = open();
  EXPECT_EQ(drain(*session->query("select 1")->execute(Wait{})), 6);
  session->close(Wait{});
  EXPECT_THAT(names(), ElementsAre("CommandStatementQuery", "DoGet", "DoGet"));
}

TEST_F(Cancelling, NorOneOfWhichOnlyTheEndIsLeft) {
  tickets_ = {"a"};
  const auto session = open();
  begun(*session).reset();
  session->close(Wait{});
  EXPECT_THAT(names(), ElementsAre("CommandStatementQuery", "DoGet"));
}

TEST_F(Cancelling, NorOneThatTheServerGaveUp) {
  tickets_ = {"a"};
  fails("DoGet", fake_status(13, "out of memory"));
  const auto session = open();
  auto stream = session->query("select 1")->execute(Wait{});
  Batch batch;
  EXPECT_EQ(error_of([&] { stream->next(batch, Wait{}); }).code(), Code::kInternal);
  stream.reset();
  session->close(Wait{});
  EXPECT_THAT(names(), ElementsAre("CommandStatementQuery", "DoGet"));
}

TEST_F(Cancelling, NorOneWithoutEndpoints) {
  tickets_ = {};
  const auto session = open();
  session->query("select 1")->execute(Wait{}).reset();
  session->close(Wait{});
  EXPECT_THAT(names(), ElementsAre("CommandStatementQuery"));
}

TEST_F(Cancelling, AReadersDeadlineDoesNotEndTheQuery) {
  const auto session = open();
  const auto stream = begun(*session);
  on("DoGet", [](const Seen&) { return FakeReply(); });
  const Wait expired{Deadline::at(Clock::now())};
  Batch batch;
  static_cast<void>(error_of([&] {
    expired.check("test");
    stream->next(batch, expired);
  }));
  EXPECT_THAT(names(), Not(Contains("CancelFlightInfo")));
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kBatch);
}

}  // namespace
}  // namespace fletching
