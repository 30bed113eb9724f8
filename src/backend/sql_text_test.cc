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

std::vector<std::string> pieces(std::string_view sql, const char* dialect) {
  SqlScanner scanner(sql, *find_dialect(dialect));
  std::vector<std::string> found;
  while (scanner.next() != SqlToken::kEnd) found.emplace_back(scanner.text());
  return found;
}

TEST(SqlScannerTest, DialectsSplitTheSameTextDifferently) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces("'a\\' b'", "duckdb"), (Pieces{"'a\\'", "b", "'"}));
  EXPECT_EQ(pieces("'a\\' b'", "spark"), (Pieces{"'a\\' b'"}));
  EXPECT_EQ(pieces("r'\\' b", "spark"), (Pieces{"r'\\'", "b"}));
  EXPECT_EQ(pieces("E'\\''", "flink"), (Pieces{"E'\\''"}));
  EXPECT_EQ(pieces("[a b]", "sqlite"), (Pieces{"[a b]"}));
  EXPECT_EQ(pieces("`a\\`b`", "clickhouse"), (Pieces{"`a\\`b`"}));
  EXPECT_EQ(pieces("`a\\`b", "spark"), (Pieces{"`a\\`", "b"}));
  EXPECT_EQ(pieces("$$a$$", "sqlite"), (Pieces{"$", "$", "a$$"}));
  EXPECT_EQ(pieces("$t$a$t$", "clickhouse"), (Pieces{"$t$a$t$"}));
  EXPECT_EQ(pieces("1 # x\n#!y\n#z", "clickhouse"), (Pieces{"1", "#", "z"}));
  EXPECT_EQ(pieces("1 // 2", "duckdb"), (Pieces{"1", "/", "/", "2"}));
  EXPECT_EQ(pieces("1 // 2", "flink"), (Pieces{"1"}));
  EXPECT_EQ(pieces("/* /* */ a */", "sqlite"), (Pieces{"a", "*", "/"}));
  EXPECT_EQ(pieces("-- a\\\nb\nc", "doris"), (Pieces{"c"}));
  EXPECT_EQ(pieces("1e-5 0xe-5 1e+x .5 a$1", "ansi"),
            (Pieces{"1e-5", "0xe", "-", "5", "1e", "+", "x", ".", "5", "a$1"}));
}

TEST(SqlScannerTest, UnterminatedTextIsKnown) {
  for (const char* sql : {"'a", "\"a", "`a", "/* a", "/* /* */", "$$a$", "E'a\\'"}) {
    SqlScanner scanner(sql);
    while (scanner.next() != SqlToken::kEnd) continue;
    EXPECT_TRUE(scanner.unterminated()) << sql;
  }
  SqlScanner scanner("'a' \"b\" /* */ $$c$$ -- '");
  while (scanner.next() != SqlToken::kEnd) continue;
  EXPECT_FALSE(scanner.unterminated());
}

TEST(SqlText, FirstKeywordAndSeveralStatements) {
  EXPECT_EQ(first_keyword(" /* x */ ((Select 1))"), "Select");
  EXPECT_EQ(first_keyword("'select'"), "");
  EXPECT_EQ(first_keyword(""), "");
  EXPECT_TRUE(has_several_statements("select 1; select 2"));
  EXPECT_FALSE(has_several_statements("select ';' ; -- ; x\n ;"));
  EXPECT_FALSE(has_several_statements("; select 1"));
  EXPECT_TRUE(
      has_several_statements("select 'a\\'; select '", *find_dialect("duckdb")));
  EXPECT_FALSE(
      has_several_statements("select 'a\\'; select '", *find_dialect("spark")));
}

TEST(SqlText, ReadsAreCertainToChangeNothing) {
  for (const char* sql : {
           "select 1",
           "(select * from t) union (select * from u);",
           "VALUES (1), (2)",
           "with a as (select 1), b as (select 2) select * from a, b",
           "show create table t",
           "describe t",
           "desc t",
           "explain delete from t",
           "explain analyze select * from t",
           "select replace(a, 'x', 'y'), truncate(b, 1) from t",
           "select 'insert into t', \"delete\" from t -- update",
           "select updated_at, deleted, comment, lock from t",
           "select struct_pack(a := 1)",
       }) {
    EXPECT_TRUE(is_read_statement(sql)) << sql;
  }
}

TEST(SqlText, WhatMayChangeSomethingIsNoRead) {
  for (const char* sql : {
           "",
           "insert into t values (1) returning a",
           "with a as (insert into t values (1) returning *) select * from a",
           "with a as (select 1) insert into t select * from a",
           "with a as (select 1) delete from t",
           "select * into u from t",
           "select * from final table (delete from t)",
           "select * from t for update",
           "explain analyze delete from t",
           "EXPLAIN (verbose, Analyze) update t set a = 1",
           "desc analyze insert into t values (1)",
           "select 1; drop table t",
           "show tables; select 1",
           "select nextval('s')",
           "select \"nextval\"('s')",
           "select s.nextval from t",
           "select next value for s",
           "select setval('s', 1)",
           "select pg_terminate_backend(5)",
           "select set_config('a', 'b', false)",
           "select dblink_exec('x', 'y')",
           "select \"pg_advisory_lock\"(1)",
           "select load_extension('x')",
           "select @x := 5",
           "select reflect('java.lang.System', 'exit')",
           "replace into t values (1)",
           "call f()",
           "pragma table_info('t')",
           "set a = 1",
           "begin",
           "from t insert overwrite table u select *",
           "select 'never closed",
           "select 1 /* never closed",
           "select 'it\\'s' -- read elsewhere as it ends here",
       }) {
    EXPECT_FALSE(is_read_statement(sql)) << sql;
  }
}

}  // namespace
}  // namespace fletching
