// SPDX-License-Identifier: Apache-2.0
// The cap of queries without a LIMIT, on every way to the server.
#include "driver/row_cap.h"

#include <cstdlib>

#include "base/log.h"
#include "driver/driver_for_test.h"
#include "driver/flights.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kVariable = "KURRENTDB_MAX_ROWS";

class RowCapTest : public DriverTest {
 protected:
  RowCapTest() {
    ::unsetenv(kVariable);
    settings().profile = find_profile("kurrentdb");
    static_cast<void>(drain_log());
  }
  ~RowCapTest() override { ::unsetenv(kVariable); }

  [[nodiscard]] std::vector<std::string> sent(const std::string& command) const {
    std::vector<std::string> texts;
    for (const Seen& seen : seen_) {
      if (seen.name == command) texts.push_back(bytes_field(seen.inner(), 1));
    }
    return texts;
  }
  [[nodiscard]] static std::vector<std::string> warnings() {
    std::vector<std::string> texts;
    for (const LogRecord& record : drain_log()) texts.push_back(record.text);
    return texts;
  }
};

TEST_F(RowCapTest, IsALimitOnQueriesAlone) {
  auto connection = connect();
  connection.execute("select n from t");
  connection.execute("select n from t limit 3");
  connection.execute("explain select n from t");
  EXPECT_THAT(sent("CommandStatementQuery"),
              ElementsAre("select n from t\nLIMIT 10000", "select n from t limit 3",
                          "explain select n from t"));
}

TEST_F(RowCapTest, TheVariableSaysHowManyAndTheOptionWins) {
  ::setenv(kVariable, " 5 ", 1);
  auto connection = connect();
  connection.execute("select n from t");
  auto statement = connection.statement();
  statement.set_option("max_rows", "0");
  statement.execute("select n from t");
  statement.set_option("fletching.max_rows", "9");
  statement.execute("select n from t");
  ::setenv(kVariable, "0", 1);
  connection.execute("select n from t");
  ::setenv(kVariable, "", 1);
  connection.execute("select n from t");
  EXPECT_THAT(sent("CommandStatementQuery"),
              ElementsAre("select n from t\nLIMIT 5", "select n from t",
                          "select n from t\nLIMIT 9", "select n from t",
                          "select n from t\nLIMIT 10000"));
}

TEST_F(RowCapTest, OtherServersAreAskedAsWritten) {
  settings().profile = find_profile("duckdb");
  ::setenv(kVariable, "5", 1);
  connect().execute("select n from t");
  EXPECT_THAT(sent("CommandStatementQuery"), ElementsAre("select n from t"));
}

TEST_F(RowCapTest, WhatIsNoIntegerIsAnErrorThatNamesTheVariable) {
  for (const char* wrong : {"many", "10k", "1.5", "99999999999999999999", "-"}) {
    ::setenv(kVariable, wrong, 1);
    try {
      const Database database("kurrentdb://h");
      ADD_FAILURE() << wrong;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Code::kInvalidArgument);
      EXPECT_THAT(e.message(), HasSubstr("KURRENTDB_MAX_ROWS: '" + std::string(wrong)));
    }
  }
  EXPECT_NO_THROW(Database("grpc://h:1"));
}

TEST_F(RowCapTest, AFullResultIsToldOnceWithTheName) {
  ::setenv(kVariable, "3", 1);  // the server gives three rows
  EXPECT_EQ(rows_of(connect().execute("select n from t")), 3);
  const auto told = warnings();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("3 rows"));
  EXPECT_THAT(told[0], HasSubstr(kVariable));
}

TEST_F(RowCapTest, FewerRowsOrALimitOfOnesOwnAreNotTold) {
  ::setenv(kVariable, "4", 1);
  auto connection = connect();
  EXPECT_EQ(rows_of(connection.execute("select n from t")), 3);
  EXPECT_EQ(rows_of(connection.execute("select n from t limit 3")), 3);
  EXPECT_THAT(warnings(), ElementsAre());
}

TEST_F(RowCapTest, HoldsWhereTheDriverOrTheServerBinds) {
  ::setenv(kVariable, "3", 1);
  auto connection = connect();
  for (const char* bound : {"client", "server"}) {
    auto statement = connection.statement();
    statement.set_option("bind", bound);
    statement.prepare("select n from t where n = ?");
    bind(statement, 8, 1);
    EXPECT_EQ(rows_of(statement.execute()), 3);
    EXPECT_EQ(warnings().size(), 1U) << bound;
  }
  EXPECT_THAT(sent("CommandStatementQuery"),
              ElementsAre("select n from t where n = 8\nLIMIT 3"));
  EXPECT_THAT(sent("CreatePreparedStatement"),
              ElementsAre("select n from t where n = $1\nLIMIT 3"));
}

TEST_F(RowCapTest, AnotherCapPreparesTheSameTextAnew) {
  auto connection = connect();
  auto statement = connection.statement();
  statement.set_option("bind", "server");
  for (const char* rows : {"3", "3", "4"}) {
    statement.set_option("max_rows", rows);
    statement.prepare("select n from t where n = ?");
    bind(statement, 8, 1);
    EXPECT_EQ(rows_of(statement.execute()), 3);
  }
  EXPECT_EQ(calls_of("CreatePreparedStatement"), 2);
}

TEST_F(RowCapTest, HoldsForFlightInfoThatIsHandedOn) {
  ::setenv(kVariable, "3", 1);
  auto connection = connect();
  FlightCalls calls(connection, {}, std::chrono::nanoseconds(0));
  static_cast<void>(calls.info("select n from t"));
  EXPECT_THAT(sent("CommandStatementQuery"), ElementsAre("select n from t\nLIMIT 3"));
}

}  // namespace
}  // namespace fletching
