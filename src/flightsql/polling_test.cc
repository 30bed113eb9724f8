// SPDX-License-Identifier: Apache-2.0
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

// PollInfo: info = 1, flight_descriptor = 2 (of this command), progress = 3.
std::string poll_of(std::optional<std::string> info, const std::string& descriptor,
                    std::optional<double> progress = std::nullopt) {
  ProtoWriter out;
  if (info) out.add_bytes(1, *info);
  if (!descriptor.empty()) out.add_bytes(2, encode_descriptor(descriptor));
  if (progress) out.add_double(3, *progress);
  return out.str();
}

class Polling : public SessionTest {
 protected:
  Polling() {
    on("PollFlightInfo", [this](const Seen& seen) {
      polled_.push_back(seen.body);
      FakeReply reply = std::move(script_.front());
      script_.pop_front();
      return reply;
    });
    on("CancelFlightInfo",
       [](const Seen&) { return answer_of({result_of("\x08\x01")}); });
  }

  void say(const std::string& poll) { script_.push_back(answer_of({poll})); }
  void say(Error error) { script_.push_back(failure_of(std::move(error))); }

  std::unique_ptr<ResultStream> run(Session& session, const Wait& wait = {}) {
    const auto query = session.query("select 1");
    query->report_progress([this](const Progress& now) {
      fractions_.push_back(now.fraction);
      if (listener_) listener_();
    });
    return query->execute(wait);
  }

  std::deque<FakeReply> script_;
  std::vector<std::string> polled_;  // commands
  std::vector<double> fractions_;
  std::function<void()> listener_;
};

TEST_F(Polling, GoesOnWithTheNewestDescriptorUntilItIsDone) {
  say(poll_of(std::nullopt, "d1"));
  say(poll_of(info_of({"a"}), "d2", 0.5));
  say(poll_of(info_of({"a", "b"}), "d3", 0.4));
  say(poll_of(info_of({"a", "b", "c"}), "", 1.0));
  const auto session = open();
  const auto stream = run(*session);
  ASSERT_EQ(polled_.size(), 4u);
  EXPECT_EQ(polled_[1], "d1");
  EXPECT_EQ(polled_[2], "d2");
  EXPECT_EQ(polled_[3], "d3");
  EXPECT_THAT(fractions_, ElementsAre(-1.0, 0.5, 0.4, 1.0)) << "as it was told";
  EXPECT_EQ(drain(*stream), 9) << "each endpoint once";
}

TEST_F(Polling, NobodyWhoDoesNotAskForProgressPolls) {
  const auto session = open();
  EXPECT_EQ(drain(*session->query("select 1")->execute(Wait{})), 3);
  EXPECT_THAT(names(), ElementsAre("CommandStatementQuery", "DoGet"));
}

TEST_F(Polling, AServerWithoutItIsAskedTheOtherWayAndNotAgain) {
  say(fake_status(12, "no"));
  const auto session = open();
  EXPECT_EQ(drain(*run(*session)), 3);
  EXPECT_EQ(drain(*run(*session)), 3);
  EXPECT_THAT(names(), ElementsAre("PollFlightInfo", "CommandStatementQuery", "DoGet",
                                   "CommandStatementQuery", "DoGet"));
}

TEST_F(Polling, AnUnavailableMomentBetweenTwoPollsPasses) {
  say(poll_of(info_of({"a"}), "d1"));
  say(fake_status(14, "restarting"));
  say(Error(Code::kTimeout, "slow", "", 4));
  say(poll_of(info_of({"a"}), ""));
  const auto session = open();
  EXPECT_EQ(drain(*run(*session)), 3);
  EXPECT_EQ(polled_.back(), "d1");
}

TEST_F(Polling, TheFirstPollIsTheStatementAndNotSentTwice) {
  say(fake_status(14, "restarting"));
  const auto session = open();
  EXPECT_EQ(error_of([&] { run(*session); }).code(), Code::kIo);
  EXPECT_EQ(polled_.size(), 1u);
}

TEST_F(Polling, AnyOtherErrorEndsIt) {
  say(poll_of(info_of({"a"}), "d1"));
  say(fake_status(13, "division by zero"));
  const auto session = open();
  EXPECT_EQ(error_of([&] { run(*session); }).code(), Code::kInternal);
  EXPECT_EQ(polled_.size(), 2u);
}

TEST_F(Polling, ACancelBetweenPollsReachesTheServer) {
  say(poll_of(info_of({"a"}), "d1"));
  const auto session = open();
  CancelToken token;
  listener_ = [&] { token.cancel(); };
  const Wait wait{{}, &token, nullptr};
  EXPECT_EQ(error_of([&] { run(*session, wait); }).code(), Code::kCancelled);
  EXPECT_EQ(seen_.back().name, "CancelFlightInfo");
  EXPECT_EQ(bytes_field(seen_.back().body, 1), info_of({"a"}));
}

TEST_F(Polling, AListenerThatThrowsEndsTheQuery) {
  say(poll_of(info_of({"a"}), "d1"));
  const auto session = open();
  listener_ = [] { throw std::runtime_error("enough"); };
  EXPECT_THROW(run(*session), std::runtime_error);
  EXPECT_EQ(seen_.back().name, "CancelFlightInfo");
}

TEST_F(Polling, ADoneQueryMustSayWhereItsRowsAre) {
  say(poll_of(std::nullopt, ""));
  const auto session = open();
  EXPECT_EQ(error_of([&] { run(*session); }).code(), Code::kInvalidData);
  EXPECT_THAT(names(), Not(Contains("CancelFlightInfo")));
}

}  // namespace
}  // namespace fletching
