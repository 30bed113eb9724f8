// SPDX-License-Identifier: Apache-2.0
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Prepared : public SessionTest {
 protected:
  Prepared() {
    told_.add_bytes(1, "h1");
    on("CreatePreparedStatement", [this](const Seen&) {
      return answer_of({any_result("ActionCreatePreparedStatementResult", told_)});
    });
    on("CommandPreparedStatementUpdate",
       [](const Seen&) { return answer_of({count_result(2)}); });
    on("ClosePreparedStatement", [](const Seen&) { return FakeReply(); });
  }

  std::string handle_in(const std::string& name) {
    return bytes_field(last(name).inner(), 1);
  }

  ProtoWriter told_;
};

TEST_F(Prepared, AreMadeInTheTransactionOfThatMoment) {
  const auto session = open();
  auto outside = session->prepare("select ?", Wait{});
  EXPECT_EQ(bytes_field(last("CreatePreparedStatement").inner(), 1), "select ?");
  EXPECT_EQ(last("CreatePreparedStatement").inner().find("tx1"), std::string::npos);
  session->begin(Wait{});
  auto inside = session->prepare("select ?", Wait{});
  EXPECT_EQ(bytes_field(last("CreatePreparedStatement").inner(), 2), "tx1");
}

TEST_F(Prepared, AnEmptyHandleIsRefusedAndNeverSent) {
  told_ = ProtoWriter();
  const auto session = open();
  const Error error =
      error_of([&] { static_cast<void>(session->prepare("select 1", Wait{})); });
  EXPECT_EQ(error.code(), Code::kInvalidData);
  session->close(Wait{});
  EXPECT_THAT(names(), ElementsAre("CreatePreparedStatement"));
}

TEST_F(Prepared, NoResultAtAllIsRefusedToo) {
  on("CreatePreparedStatement", [](const Seen&) { return FakeReply(); });
  const auto session = open();
  EXPECT_EQ(
      error_of([&] { static_cast<void>(session->prepare("select 1", Wait{})); }).code(),
      Code::kInvalidData);
}

TEST_F(Prepared, ABareResultIsUnderstood) {
  on("CreatePreparedStatement",
     [](const Seen&) { return answer_of({result_of("\x0a\x02h9")}); });
  const auto session = open();
  const auto statement = session->prepare("select 1", Wait{});
  static_cast<void>(statement->execute(nullptr, Wait{}));
  EXPECT_EQ(handle_in("CommandPreparedStatementQuery"), "h9");
}

TEST_F(Prepared, AnUpdatedHandleReplacesTheOldUpToTheClose) {
  on("CommandPreparedStatementQuery", [](const Seen& seen) {
    if (seen.messages.size() == 1) return answer_of({info_of({"t"})});
    return answer_of({result_of(ProtoWriter().add_bytes(1, "h2").str())});
  });
  const auto session = open();
  auto statement = session->prepare("select ?", Wait{});
  GivenRows rows(ints(7, 2));
  EXPECT_EQ(drain(*statement->execute(&rows, Wait{})), 3);
  EXPECT_EQ(handle_in("CommandPreparedStatementQuery"), "h2");
  EXPECT_EQ(statement->execute_update(nullptr, Wait{}), 2);
  EXPECT_EQ(handle_in("CommandPreparedStatementUpdate"), "h2");
  statement.reset();
  session->close(Wait{});
  EXPECT_EQ(handle_in("ClosePreparedStatement"), "h2");
}

TEST_F(Prepared, ParametersAreSentAsTheyAre) {
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  GivenRows rows(ints(7, 2));
  static_cast<void>(statement->execute(&rows, Wait{}));
  EXPECT_THAT(names(),
              ElementsAre("CreatePreparedStatement", "CommandPreparedStatementQuery",
                          "CommandPreparedStatementQuery", "DoGet"));
  const PutRows put = rows_of(seen_[1]);
  ASSERT_THAT(put.lengths(), ElementsAre(2));
  EXPECT_STREQ(put.schema->children[0]->format, "l");
}

TEST_F(Prepared, WithoutAnUpdatedHandleTheOldOneStays) {
  for (const std::string& result :
       {std::string(), result_of(""), result_of("\x0a"), result_of("own bytes"),
        result_of(ProtoWriter().add_bytes(1, "").str())}) {
    on("CommandPreparedStatementQuery", [&](const Seen& seen) {
      if (seen.messages.size() == 1) return answer_of({info_of({"t"})});
      return result.empty() ? FakeReply() : answer_of({result});
    });
    const auto session = open();
    const auto statement = session->prepare("select ?", Wait{});
    GivenRows rows(ints(7, 1));
    static_cast<void>(statement->execute(&rows, Wait{}));
    EXPECT_EQ(handle_in("CommandPreparedStatementQuery"), "h1");
  }
}

TEST_F(Prepared, AServerThatSaysNothingOfSchemasIsBelieved) {
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  EXPECT_EQ(statement->parameter_schema(), nullptr);
  EXPECT_EQ(statement->dataset_schema(), nullptr);
  EXPECT_EQ(statement->is_update(), std::nullopt);
}

TEST_F(Prepared, SchemasAndTheRouteAreTold) {
  const auto bytes = encode_schema(*schema_of_ints("p").get());
  told_.add_bytes(2, as_text(bytes)).add_bytes(3, as_text(bytes)).add_bool(4, false);
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  ASSERT_NE(statement->parameter_schema(), nullptr);
  EXPECT_STREQ(statement->parameter_schema()->children[0]->name, "p");
  ASSERT_NE(statement->dataset_schema(), nullptr);
  EXPECT_EQ(statement->is_update(), false);
}

TEST_F(Prepared, ASchemaThatCannotBeReadIsOneThatWasNotTold) {
  told_.add_bytes(2, "rubbish").add_bytes(3, "\xff\xff\xff\xff\x08");
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  EXPECT_EQ(statement->parameter_schema(), nullptr);
  EXPECT_EQ(statement->dataset_schema(), nullptr);
}

TEST_F(Prepared, CountsOfAnUpdateAreSummed) {
  on("CommandPreparedStatementUpdate", [](const Seen&) {
    return answer_of({count_result(2), count_result(-1), count_result(3)});
  });
  const auto session = open();
  const auto statement = session->prepare("insert", Wait{});
  GivenRows rows(ints(7, 5));
  EXPECT_EQ(statement->execute_update(&rows, Wait{}), 5);
}

TEST_F(Prepared, AnUnknownCountIsUnknown) {
  on("CommandPreparedStatementUpdate",
     [](const Seen&) { return answer_of({count_result(-1)}); });
  const auto session = open();
  EXPECT_EQ(session->prepare("insert", Wait{})->execute_update(nullptr, Wait{}), -1);
}

TEST_F(Prepared, AnErrorAfterACountIsSeen) {
  on("CommandPreparedStatementUpdate", [](const Seen&) {
    FakeReply reply = answer_of({count_result(2)});
    reply.error = fake_status(13, "row 3 is bad");
    return reply;
  });
  const auto session = open();
  const auto statement = session->prepare("insert", Wait{});
  EXPECT_THAT(error_of([&] { statement->execute_update(nullptr, Wait{}); }).message(),
              HasSubstr("row 3 is bad"));
}

TEST_F(Prepared, AnUpdateWithoutParametersSendsAnEmptySchema) {
  const auto session = open();
  static_cast<void>(
      session->prepare("delete", Wait{})->execute_update(nullptr, Wait{}));
  const PutRows put = rows_of(last("CommandPreparedStatementUpdate"));
  ASSERT_NE(put.schema->release, nullptr);
  EXPECT_EQ(put.schema->n_children, 0);
  EXPECT_TRUE(put.batches.empty());
}

TEST_F(Prepared, AServerWithoutTheUpdatePathSaysSo) {
  fails("CommandPreparedStatementUpdate", fake_status(12, "no"));
  const auto session = open();
  const auto statement = session->prepare("insert", Wait{});
  EXPECT_EQ(statement->execute_update(nullptr, Wait{}), std::nullopt);
}

TEST_F(Prepared, DroppingOneSendsNothingYet) {
  const auto session = open();
  session->prepare("select 1", Wait{}).reset();
  EXPECT_THAT(names(), ElementsAre("CreatePreparedStatement"));
  static_cast<void>(session->query("select 2")->execute(Wait{}));
  EXPECT_EQ(names()[1], "ClosePreparedStatement");
}

TEST_F(Prepared, AFailingSourceOfParametersIsTheError) {
  class Failing : public GivenRows {
   public:
    Failing() : GivenRows(ints(0, 1)) {}
    Next next(Batch&, const Wait&, Deadline) override {
      throw Error(Code::kInvalidArgument, "bad row");
    }
  };
  const auto session = open();
  const auto statement = session->prepare("insert", Wait{});
  Failing rows;
  EXPECT_EQ(error_of([&] { statement->execute_update(&rows, Wait{}); }).message(),
            "bad row");
  EXPECT_THAT(names(), ElementsAre("CreatePreparedStatement"))
      << "what was begun is reset, not ended";
}

TEST_F(Prepared, AServerThatTakesNoParametersIsKnownByItsWord) {
  fails("CommandPreparedStatementQuery", fake_status(12, "no parameters"));
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  EXPECT_FALSE(statement->cannot_bind());
  GivenRows rows(ints(1, 1));
  EXPECT_EQ(
      error_of([&] { static_cast<void>(statement->execute(&rows, Wait{})); }).code(),
      Code::kNotImplemented);
  EXPECT_TRUE(statement->cannot_bind());
}

TEST_F(Prepared, OneThatHasBoundBeforeCanBind) {
  const auto session = open();
  const auto statement = session->prepare("insert into t values (?)", Wait{});
  GivenRows first(ints(1, 1));
  EXPECT_EQ(statement->execute_update(&first, Wait{}), 2);
  fails("CommandPreparedStatementQuery", fake_status(12, "no parameters"));
  GivenRows second(ints(2, 1));
  static_cast<void>(
      error_of([&] { static_cast<void>(statement->execute(&second, Wait{})); }));
  EXPECT_FALSE(statement->cannot_bind());
}

TEST_F(Prepared, ReportProgressWhereTheServerPolls) {
  on("PollFlightInfo", [](const Seen&) {
    // PollInfo: info = 1, progress = 3; no descriptor: it is done.
    return answer_of(
        {ProtoWriter().add_bytes(1, info_of({"t"})).add_double(3, 0.5).str()});
  });
  const auto session = open();
  const auto statement = session->prepare("select ?", Wait{});
  std::vector<double> told;
  statement->report_progress([&](const Progress& p) { told.push_back(p.fraction); });
  GivenRows rows(ints(1, 1));
  EXPECT_EQ(drain(*statement->execute(&rows, Wait{})), 3);
  EXPECT_THAT(told, ElementsAre(0.5));
  EXPECT_EQ(last("PollFlightInfo").messages.size(), 1u);
}

}  // namespace
}  // namespace fletching
