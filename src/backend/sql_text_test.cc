// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fletching {
namespace {

TEST(SqlText, UpdatesAreSeenThroughCommentsParenthesesAndWith) {
  for (const char* sql : {
           "insert into t values (1)",
           "  -- select\n /* nested /* select */ */ UPDATE t set a = 1",
           "(delete from t)",
           "with a as (select 1), b as (values (2)) insert into t select * from a",
           "Create Table t (returning int)",
           "insert into t values ('returning')",
           "insert into t select returning_x, \"returning\" from s -- returning",
           "merge into t using s on a = b when matched then delete",
           "insert into t values ($$ returning $$, $q$ returning $q$, E'\\' returning "
           "')",
       }) {
    EXPECT_TRUE(is_update_statement(sql)) << sql;
  }
}

TEST(SqlText, EverythingElseIsAQuery) {
  for (const char* sql : {
           "",
           "   ",
           "-- insert",
           "select 1",
           "(select 1)",
           "values (1)",
           "with t as (insert into x values (1) returning a) select * from t",
           "with insert_ as (select 1) select * from insert_",
           "show tables",
           "describe t",
           "explain insert into t values (1)",
           "insert into t values (1) returning id",
           "delete from t where a = ')' RETURNING *",
           "'insert'",
           "\"insert\" into t",
           "/* never closed insert into t",
           "pragma table_info('t')",
           "call f()",
       }) {
    EXPECT_FALSE(is_update_statement(sql)) << sql;
  }
}

TEST(SqlScannerTest, TokensAreExactPiecesOfTheText) {
  SqlScanner scanner("a.\"b\"\"c\" = 'it''s' -- x\n + $1 1.5e3");
  std::vector<std::string> pieces;
  while (scanner.next() != SqlToken::kEnd) pieces.emplace_back(scanner.text());
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", ".", "\"b\"\"c\"", "=", "'it''s'",
                                              "+", "$", "1", "1.5e3"}));
}

}  // namespace
}  // namespace fletching
