// SPDX-License-Identifier: Apache-2.0
// Which way a statement goes, and how often it is sent.
#include "driver/driver_for_test.h"

namespace fletching {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using StatementRun = DriverTest;

TEST_F(StatementRun, ReadsAreQueriesAndChangesAreUpdates) {
  auto connection = connect();
  EXPECT_EQ(rows_of(connection.execute("select n from t")), 3);
  EXPECT_EQ(connection.execute("insert into t values (1)").rows_affected(), 1);
  EXPECT_THAT(names(),
              ElementsAre("CommandStatementQuery", "DoGet", "CommandStatementUpdate"));
}

TEST_F(StatementRun, AServerWithoutUpdatesIsAskedTheOtherWay) {
  fails("CommandStatementUpdate", fake_status(12, "no"));
  connect().execute("insert into t values (1)");
  EXPECT_THAT(names(),
              ElementsAre("CommandStatementUpdate", "CommandStatementQuery", "DoGet"));
}

TEST_F(StatementRun, AnUpdateThatMayHaveRunIsSentOnce) {
  fails("CommandStatementUpdate", fake_status(14, "away"));
  auto connection = connect();
  EXPECT_EQ(error_of([&] { connection.execute("delete from t"); }).vendor_code(), 14);
  EXPECT_THAT(names(), ElementsAre("CommandStatementUpdate"));
}

TEST_F(StatementRun, AReadIsSentAgainBeforeItsFirstRows) {
  int calls = 0;
  on("DoGet", [&calls](const Seen&) {
    const UniqueArray rows = ints(1, 3);
    return ++calls < 3 ? failure_of(fake_status(14, "away"))
                       : data_of(*schema_of_ints().get(), {rows.get()});
  });
  EXPECT_EQ(rows_of(connect().execute("select n from t")), 3);
  EXPECT_EQ(calls_of("CommandStatementQuery"), 3);  // tickets are good once
}

TEST_F(StatementRun, AQueryWithEffectsIsNoRead) {
  fails("CommandStatementQuery", fake_status(14, "away"));
  auto connection = connect();
  for (const char* sql : {"insert into t values (1) returning n", "select nextval('s')",
                          "select n into u from t", "call f()"}) {
    seen_.clear();
    EXPECT_EQ(error_of([&] { connection.execute(sql); }).vendor_code(), 14) << sql;
    EXPECT_EQ(calls_of("CommandStatementQuery"), 1) << sql;
  }
}

TEST_F(StatementRun, ReadOnlyMakesEverythingARead) {
  settings().read_only = true;
  settings().retries = 1;
  fails("CommandStatementQuery", fake_status(14, "away"));
  auto connection = connect();
  static_cast<void>(error_of([&] { connection.execute("select nextval('s')"); }));
  EXPECT_EQ(calls_of("CommandStatementQuery"), 2);
}

TEST_F(StatementRun, BindsOnceForEachExecution) {
  auto connection = connect();
  auto statement = connection.statement();
  for (int i = 0; i < 3; ++i) {
    statement.prepare("select n from t where n = ?");
    bind(statement, i, 1);
    EXPECT_EQ(rows_of(statement.execute()), 3);
  }
  EXPECT_EQ(calls_of("CreatePreparedStatement"), 1);
}

TEST_F(StatementRun, IsUpdateOfTheServerWins) {
  prepared_.add_bool(4, true);
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("select strange(?)");
  bind(statement, 1, 1);
  EXPECT_EQ(statement.execute().rows_affected(), 2);
  EXPECT_THAT(names(), Contains("CommandPreparedStatementUpdate"));
}

TEST_F(StatementRun, RowsGoOneByOneWhereTheServerBindsOne) {
  settings().bind_rows = BindRows::kOne;
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("insert into t values (?)");
  bind(statement, 1, 3);
  EXPECT_EQ(statement.execute().rows_affected(), 6);
  EXPECT_EQ(calls_of("CommandPreparedStatementUpdate"), 3);
  EXPECT_EQ(calls_of("CreatePreparedStatement"), 1);
}

TEST_F(StatementRun, TheRowThatFailedIsNamed) {
  settings().bind_rows = BindRows::kOne;
  int calls = 0;
  on("CommandPreparedStatementUpdate", [&calls](const Seen&) {
    return ++calls == 2 ? failure_of(fake_status(13, "full"))
                        : answer_of({count_result(1)});
  });
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("insert into t values (?)");
  bind(statement, 1, 3);
  EXPECT_THAT(error_of([&] { statement.execute(); }).message(),
              testing::AllOf(HasSubstr("row 2 of the parameters"), HasSubstr("full")));
  EXPECT_EQ(calls, 2);
}

TEST_F(StatementRun, AServerThatDoesNotPrepareGetsLiterals) {
  fails("CreatePreparedStatement", fake_status(12, "no"));
  auto connection = connect();
  auto statement = connection.statement();
  for (int i = 0; i < 2; ++i) {
    statement.prepare("select n from t where n = ?");
    bind(statement, 7 + i, 1);
    EXPECT_EQ(rows_of(statement.execute()), 3);
  }
  EXPECT_EQ(calls_of("CreatePreparedStatement"), 1);
  EXPECT_EQ(bytes_field(last("CommandStatementQuery").inner(), 1),
            "select n from t where n = 8");
}

TEST_F(StatementRun, AServerThatDoesNotBindGetsLiterals) {
  fails("CommandPreparedStatementQuery", fake_status(12, "no"));
  fails("CommandPreparedStatementUpdate", fake_status(12, "no"));
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("insert into t values (?)");
  bind(statement, 1, 2);
  EXPECT_EQ(statement.execute().rows_affected(), 2);
  EXPECT_EQ(calls_of("CommandStatementUpdate"), 2);
}

// It took the first row, so the second is not written another way: the first would be
// there twice.
TEST_F(StatementRun, AServerThatStopsBindingHalfwayIsAnError) {
  settings().bind_rows = BindRows::kOne;
  fails("CommandPreparedStatementQuery", fake_status(12, "no"));
  int calls = 0;
  on("CommandPreparedStatementUpdate", [&calls](const Seen&) {
    return ++calls == 1 ? answer_of({count_result(1)})
                        : failure_of(fake_status(12, "no more"));
  });
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("insert into t values (?)");
  bind(statement, 1, 2);
  EXPECT_EQ(error_of([&] { statement.execute(); }).code(), Code::kNotImplemented);
  EXPECT_EQ(calls_of("CommandStatementUpdate"), 0);
}

TEST_F(StatementRun, QueriesTakeOneRow) {
  auto connection = connect();
  auto statement = connection.statement();
  statement.prepare("select ?");
  bind(statement, 1, 2);
  EXPECT_THAT(error_of([&] { statement.execute(); }).message(), HasSubstr("not 2"));
}

TEST_F(StatementRun, WhatIsMissingIsSaid) {
  auto connection = connect();
  auto statement = connection.statement();
  EXPECT_EQ(error_of([&] { statement.execute(); }).code(), Code::kInvalidState);
  statement.prepare("select ?, ?");
  EXPECT_THAT(error_of([&] { statement.execute(); }).message(),
              HasSubstr("2 parameters, and none were bound"));
  EXPECT_THAT(error_of([&] { bind(statement, 1, 1); }).message(),
              HasSubstr("2 values"));
}

// ---- transactions ----

TEST_F(StatementRun, ATransactionBeginsBeforeTheFirstChange) {
  settings().autocommit = Autocommit::kOff;
  auto connection = connect();
  rows_of(connection.execute("select n from t"));
  EXPECT_FALSE(connection.in_transaction());
  for (const char* sql : {"set x = 1", "use c", "show tables", "explain select 1"}) {
    connection.execute(sql);
    EXPECT_FALSE(connection.in_transaction()) << sql;
  }
  connection.execute("insert into t values (1)");
  EXPECT_TRUE(connection.in_transaction());
  EXPECT_EQ(bytes_field(last("CommandStatementUpdate").inner(), 2), "tx1");
}

TEST_F(StatementRun, ExplainAnalyzeOfAChangeIsAChange) {
  settings().autocommit = Autocommit::kOff;
  auto connection = connect();
  connection.execute("explain analyze insert into t values (1)");
  EXPECT_TRUE(connection.in_transaction());
}

TEST_F(StatementRun, AServerThatSaysNothingOfTransactionsCommitsByItself) {
  settings().autocommit = Autocommit::kIfNone;
  auto connection = connect();
  EXPECT_FALSE(connection.autocommit());
  connection.execute("insert into t values (1)");
  EXPECT_TRUE(connection.autocommit());
  EXPECT_EQ(calls_of("BeginTransaction"), 0);
}

TEST_F(StatementRun, ReadsOfATransactionAreNotSentAgain) {
  settings().autocommit = Autocommit::kOff;
  auto connection = connect();
  connection.execute("insert into t values (1)");
  fails("CommandStatementQuery", fake_status(14, "away"));
  static_cast<void>(error_of([&] { connection.execute("select n from t"); }));
  EXPECT_EQ(calls_of("CommandStatementQuery"), 1);
}

TEST_F(StatementRun, WhatNobodyClosedIsRolledBackByTheNextConnection) {
  settings().autocommit = Autocommit::kOff;
  {
    auto connection = connect();
    connection.execute("insert into t values (1)");
    state_->session.reset();
  }
  EXPECT_EQ(calls_of("EndTransaction"), 0);
  auto other = connect();
  rows_of(other.execute("select n from t"));
  EXPECT_EQ(calls_of("EndTransaction"), 1);
}

}  // namespace
}  // namespace fletching
