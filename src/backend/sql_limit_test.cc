// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_limit.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

const SqlDialect& duckdb() { return *find_dialect("duckdb"); }

std::string limited(std::string_view sql) {
  return with_limit(sql, 7, duckdb()).value_or("as it is");
}

TEST(SqlLimit, IsANewLastLineAndTheRestIsByteForByteTheSame) {
  for (const std::string sql : {
           "select * from t",
           "SELECT data::json->>'x', ? \t FROM t  ",
           "select * from t -- limit 5",
           "select * from t /* limit 5 */",
           "select 'limit 5', \"limit\", $$ limit 5 $$ from t",
           "select t.limit, a as limit from t",
           "select * from t offset 5",
           "select * from (select * from t limit 5)",
           "select * from t where a in (select b from u limit 5)",
           "with a as (select * from t limit 5) select * from a",
           "with recursive a(n) as (values (1)) select n from a",
           "(select * from t limit 5) union all (select * from u limit 5)",
           "select row_number() over (order by a) from t",
           "values (1), (2)",
           "table t",
           "from t",
           "((select 1 from t))",
           "select * from t\n",
           "-- about it\nselect * from t",
           "select 'it''s; not the end' from t",
       }) {
    EXPECT_EQ(limited(sql), sql + "\nLIMIT 7") << sql;
  }
}

TEST(SqlLimit, StandsBeforeTheSemicolonThatEndsTheStatement) {
  EXPECT_EQ(limited("select 1 from t;"), "select 1 from t\nLIMIT 7;");
  EXPECT_EQ(limited("select 1 from t ; -- done"), "select 1 from t \nLIMIT 7; -- done");
  EXPECT_EQ(limited("select 1 from t -- done\n;;"),
            "select 1 from t -- done\n\nLIMIT 7;;");
}

TEST(SqlLimit, WhatHasALimitOrIsNoQueryStaysAsItIs) {
  for (const char* sql : {
           "",
           "  -- nothing",
           ";",
           "select * from t limit 5",
           "select * from t LIMIT 50000 -- many",
           "select * from t limit 10 offset 5",
           "select * from t offset 5 limit 10",
           "select * from t\nlimit\nall",
           "select * from t limit ?",
           "select * from t limit 5;",
           "(select * from t limit 50000)",
           "((select * from t limit 50000));",
           "select * from t order by a fetch first 5 rows only",
           "select * from t fetch next row only",
           "select a from t union select b from u limit 5",
           "with a as (select 1) select * from a limit 3",
           "explain select * from t",
           "explain analyze select * from t",
           "describe t",
           "show tables",
           "pragma version",
           "insert into t select * from u",
           "with a as (select 1) insert into t select * from a",
           "create table t as select * from u",
           "call f()",
           "select 1; select 2",
           "select * from t where a = 'never closed",
           "select * from t /* never closed",
       }) {
    EXPECT_EQ(limited(sql), "as it is") << sql;
  }
}

// Only one reading of this text ends where it seems to.
TEST(SqlLimit, ATextThatDependsOnTheServerStaysAsItIs) {
  EXPECT_FALSE(with_limit("select 'it\\'s' from t", 7, generic_dialect()));
  EXPECT_TRUE(with_limit("select 'it''s' from t", 7, generic_dialect()));
}

}  // namespace
}  // namespace fletching
