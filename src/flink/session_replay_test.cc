// SPDX-License-Identifier: Apache-2.0
#include "flink/session_replay.h"

#include <gtest/gtest.h>

namespace fletching::flink {
namespace {

TEST(SessionReplay, KeepsWhatLivesInTheSession) {
  SessionReplay replay;
  for (const char* sql :
       {"SET 'a' = 'b'", "-- x\n reset", "USE db", "/* y */ load module m",
        "ADD JAR 'x'", "CREATE TABLE t (a INT)", "drop table t",
        "ALTER TABLE t ADD b INT", "create or alter materialized table m"}) {
    EXPECT_TRUE(replay.note(sql)) << sql;
  }
  for (const char* sql : {"SELECT 1", "INSERT INTO t SELECT 1", "SHOW TABLES",
                          "EXPLAIN CREATE TABLE x", "", "ADD COLUMN"}) {
    EXPECT_FALSE(replay.note(sql)) << sql;
  }
  EXPECT_EQ(replay.statements().size(), 9u);
}

// What a lasting catalog holds is still there.
TEST(SessionReplay, InALastingCatalogOnlyWhatIsTemporary) {
  SessionReplay replay;
  EXPECT_TRUE(replay.note("CREATE CATALOG c WITH ('type'='x')"));
  EXPECT_FALSE(replay.note("CREATE TABLE t (a INT)"));
  EXPECT_FALSE(replay.note("DROP TABLE t"));
  EXPECT_TRUE(replay.note("CREATE TEMPORARY VIEW v AS SELECT 1"));
  EXPECT_TRUE(replay.note("DROP TEMPORARY VIEW v"));
  SessionReplay other;
  other.leave_memory();
  EXPECT_FALSE(other.note("CREATE TABLE t (a INT)"));
}

}  // namespace
}  // namespace fletching::flink
