// SPDX-License-Identifier: Apache-2.0
// Substrait plans: which way they go, and what is said where a server takes none.
#include "driver/plans.h"

#include "driver/driver_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Plan{relations: [PlanRel{root: RelRoot{input: Rel{<rel>: {}}}}]}, with a version
// first.
std::string plan_of(uint32_t rel) {
  const auto in_rel = ProtoWriter().add_bytes(rel, "");
  const auto root = ProtoWriter().add_message(1, in_rel).add_bytes(2, "name");
  const auto relation = ProtoWriter().add_message(2, root);
  return ProtoWriter().add_bytes(6, "").add_message(3, relation).str();
}
constexpr uint32_t kRead = 1, kWrite = 19, kDdl = 20, kUpdate = 22;

class Plans : public DriverTest {
 protected:
  Plans() {
    on("CommandStatementSubstraitPlan",
       [](const Seen&) { return answer_of({info_of({"t"})}); });
    on("CreatePreparedSubstraitPlan", [this](const Seen&) {
      return answer_of({any_result("ActionCreatePreparedStatementResult", prepared_)});
    });
  }
};

TEST(PlanKinds, ARootThatWritesIsAnUpdate) {
  EXPECT_FALSE(is_update_plan(plan_of(kRead)));
  for (const uint32_t rel : {kWrite, kDdl, kUpdate}) {
    EXPECT_TRUE(is_update_plan(plan_of(rel))) << rel;
  }
  EXPECT_FALSE(is_update_plan("\x1a\xff"));
  EXPECT_FALSE(is_update_plan(""));
  const auto bare = ProtoWriter().add_bytes(kWrite, "");
  EXPECT_TRUE(is_update_plan(
      ProtoWriter().add_message(3, ProtoWriter().add_message(1, bare)).str()));
}

TEST_F(Plans, AQueryIsSentWithItsVersion) {
  auto statement = connect().statement();
  EXPECT_EQ(rows_of(statement.execute_substrait({plan_of(kRead), "0.77.0"})), 3);
  EXPECT_THAT(names(), ElementsAre("CommandStatementSubstraitPlan", "DoGet"));
  const std::string plan = bytes_field(seen_[0].inner(), 1);
  EXPECT_EQ(bytes_field(plan, 1), plan_of(kRead));
  EXPECT_EQ(bytes_field(plan, 2), "0.77.0");
}

TEST_F(Plans, AnUpdateIsPutInTheTransaction) {
  settings().autocommit = Autocommit::kOff;
  on("CommandStatementSubstraitPlan",
     [](const Seen&) { return answer_of({count_result(5)}); });
  auto statement = connect().statement();
  const Result result = statement.execute_substrait({plan_of(kWrite), ""});
  EXPECT_FALSE(result.has_rows());
  EXPECT_EQ(result.rows_affected(), 5);
  EXPECT_THAT(names(), ElementsAre("CommandGetSqlInfo", "BeginTransaction",
                                   "CommandStatementSubstraitPlan"));
  EXPECT_EQ(bytes_field(seen_[2].inner(), 2), "tx1");
}

TEST_F(Plans, APreparedPlanTakesItsParametersAndIsClosed) {
  auto connection = connect();
  {
    auto statement = connection.statement();
    statement.prepare_substrait({plan_of(kRead), ""});
    bind(statement, 7, 1);
    EXPECT_EQ(rows_of(statement.execute()), 3);
    EXPECT_EQ(rows_of(statement.execute()), 3) << "without parameters";
  }
  connection.close();
  EXPECT_THAT(
      names(),
      ElementsAre("CreatePreparedSubstraitPlan", "CommandPreparedStatementQuery",
                  "CommandPreparedStatementQuery", "DoGet",
                  "CommandPreparedStatementQuery", "DoGet", "ClosePreparedStatement"));
}

TEST_F(Plans, APreparedUpdateSaysItsRows) {
  auto statement = connect().statement();
  statement.prepare_substrait({plan_of(kWrite), ""});
  bind(statement, 7, 3);
  EXPECT_EQ(statement.execute().rows_affected(), 2);
}

TEST_F(Plans, TextTakesThePlaceOfAPlan) {
  auto statement = connect().statement();
  statement.prepare_substrait({plan_of(kRead), ""});
  statement.prepare("select ?");
  EXPECT_EQ(statement.parameter_names().size(), 1U);
}

TEST_F(Plans, AServerWithoutPlansIsSaidToBe) {
  fails("CommandStatementSubstraitPlan", fake_status(12, "what is that"));
  auto statement = connect().statement();
  const Error error =
      error_of([&] { statement.execute_substrait({plan_of(kRead), ""}); });
  EXPECT_EQ(error.code(), Code::kNotImplemented);
  EXPECT_THAT(error.message(), HasSubstr("takes no such plans"));
  EXPECT_THAT(error.message(), HasSubstr("what is that"));
}

TEST_F(Plans, AnEmptyPlanIsNotSent) {
  auto statement = connect().statement();
  EXPECT_EQ(error_of([&] { statement.execute_substrait({}); }).code(),
            Code::kInvalidArgument);
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace fletching
