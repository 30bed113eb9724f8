// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "fletching/error.h"

namespace fletching {
namespace {

using ::testing::HasSubstr;
using Style = ParameterStyle;

const SqlDialect& dialect(const char* name) {
  const SqlDialect* found = find_dialect(name);
  if (found == nullptr) throw std::runtime_error(name);
  return *found;
}

std::string rewritten(std::string_view sql, Style style, const char* server) {
  return std::string(rewrite_parameters(sql, style, dialect(server)).sql());
}

std::vector<size_t> slots(std::string_view sql, Style style, const char* server) {
  const RewrittenSql result(sql, style, dialect(server));
  std::vector<size_t> values;
  for (const ParameterSlot& slot : result.slots()) values.push_back(slot.value);
  return values;
}

std::string refusal(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument) << error.what();
    return error.message();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(RewriteParameters, EachStyleBecomesTheServersPlaceholder) {
  struct Case {
    Style style;
    const char* sql;
  };
  for (const Case& c :
       {Case{Style::kQmark, "select ?, ?"}, Case{Style::kNamed, "select :a, :b_2"},
        Case{Style::kNumeric, "select :1, :2"}, Case{Style::kFormat, "select %s, %s"},
        Case{Style::kPyformat, "select %(a)s, %(b 2)s"}}) {
    EXPECT_EQ(rewritten(c.sql, c.style, "duckdb"), "select $1, $2") << c.sql;
    EXPECT_EQ(rewritten(c.sql, c.style, "sqlite"), "select ?, ?") << c.sql;
    EXPECT_EQ(slots(c.sql, c.style, "duckdb"), (std::vector<size_t>{0, 1})) << c.sql;
  }
}

TEST(RewriteParameters, TextWithoutPlaceholdersIsTheSameMemory) {
  for (const Style style : {Style::kQmark, Style::kNamed, Style::kNumeric,
                            Style::kFormat, Style::kPyformat}) {
    const std::string sql = "select '?:a %s %(a)s :1', 5 % 2, 5 %% 2 -- ?:a%s";
    const RewrittenSql result(sql, style, dialect("datafusion"));
    EXPECT_EQ(result.sql().data(), sql.data());
    EXPECT_EQ(result.sql().size(), sql.size());
    EXPECT_EQ(result.count(), 0u);
  }
}

TEST(RewriteParameters, TextThatIsRightAlreadyIsTheSameMemory) {
  const std::string qmark = "select ? where a=?";
  EXPECT_EQ(RewrittenSql(qmark, Style::kQmark, dialect("sqlite")).sql().data(),
            qmark.data());
  const std::string numeric = "select $2, $1, $2";
  const RewrittenSql result(numeric, Style::kNumeric, dialect("duckdb"));
  EXPECT_EQ(result.sql().data(), numeric.data());
  EXPECT_EQ(result.count(), 2u);
}

TEST(RewriteParameters, StringsCommentsIdentifiersAndDollarQuotesAreLeftAlone) {
  const std::string quoted =
      R"('it''s ?:a%s' "?:a" `?` /* ? /* :a */ ? */ $$ ? $$ $q$ ? $$ :a $q$ E'\' ?')"
      " -- ? :a %s\n";
  EXPECT_EQ(rewritten("select " + quoted + ", ?", Style::kQmark, "duckdb"),
            "select " + quoted + ", $1");
  EXPECT_EQ(rewritten("select " + quoted + ", :a", Style::kNamed, "duckdb"),
            "select " + quoted + ", $1");
  EXPECT_EQ(rewritten("select " + quoted + ", %s", Style::kFormat, "duckdb"),
            "select " + quoted + ", $1");
  EXPECT_EQ(slots("select [?], ?", Style::kQmark, "sqlite").size(), 1u);
  EXPECT_EQ(slots("select [?, ?]", Style::kQmark, "duckdb").size(), 2u);
}

TEST(RewriteParameters, WhatIsQuotedDependsOnTheDialect) {
  // Backslashes escape in Spark's strings, "x" is one, R'\' ends.
  EXPECT_EQ(slots(R"(select 'it\'s ?', "a ? ""b", R'\', ?)", Style::kQmark, "spark"),
            std::vector<size_t>{0});
  EXPECT_EQ(slots(R"(select 'a\', ?, 'b')", Style::kQmark, "duckdb"),
            std::vector<size_t>{0});
  // Comments.
  EXPECT_EQ(slots("select 1 # ?\n, ?", Style::kQmark, "clickhouse").size(), 1u);
  EXPECT_EQ(slots("select a #> ?, ?", Style::kQmark, "duckdb").size(), 2u);
  EXPECT_EQ(slots("select 7 // ?, ?", Style::kQmark, "duckdb").size(), 2u);
  EXPECT_EQ(slots("select 7 // ?\n, ?", Style::kQmark, "dremio").size(), 1u);
  EXPECT_EQ(slots("select /* /* ? */ ? /* */ */", Style::kQmark, "sqlite").size(), 1u);
  EXPECT_EQ(slots("select /* /* ? */ ? */ 1, ?", Style::kQmark, "duckdb").size(), 1u);
  EXPECT_EQ(slots("select 1 -- \\\n ?\n, ?", Style::kQmark, "spark").size(), 1u);
}

TEST(RewriteParameters, CastsSlicesAssignmentsAndTimesAreNoNames) {
  for (const char* sql :
       {"select a::int", "select a :: int", "set x := 5", "select f(a := 1)",
        "select a[1:2]", "select a[i:j]", "select doc:key.name", "select {'a':b}",
        "select {\"a\":b}", "select '12:30'", "select f(x):name", "select a[1]:key",
        "select ts - '1:2'::interval", "select data::json->>'k'"}) {
    EXPECT_EQ(slots(sql, Style::kNamed, "duckdb").size(), 0u) << sql;
    EXPECT_EQ(slots(sql, Style::kNumeric, "duckdb").size(), 0u) << sql;
  }
  EXPECT_EQ(rewritten("select :a::int, {'a': :b}, x[ :c]", Style::kNamed, "duckdb"),
            "select $1::int, {'a': $2}, x[ $3]");
}

TEST(RewriteParameters, JsonOperatorsAreWrittenWithTwoQuestionMarks) {
  EXPECT_EQ(
      rewritten("select a ?? ?, a ??| ?, a ??& ?, a @?? ?", Style::kQmark, "duckdb"),
      "select a ? $1, a ?| $2, a ?& $3, a @? $4");
  // Other styles need no escape, and leave the character.
  EXPECT_EQ(rewritten("select a ? :k, a ?| :l", Style::kNamed, "duckdb"),
            "select a ? $1, a ?| $2");
}

TEST(RewriteParameters, PercentSignsAreLiteralUnlessTheyArePlaceholders) {
  EXPECT_EQ(
      rewritten("select 5 %% 2, 5 % 2, 'a%' like %s, %sum", Style::kFormat, "duckdb"),
      "select 5 % 2, 5 % 2, 'a%' like $1, %sum");
  EXPECT_EQ(
      rewritten("select 5 %(x+1) + %(a)s, 5 %(a)d, %%(a)s", Style::kPyformat, "duckdb"),
      "select 5 %(x+1) + $1, 5 %(a)d, %(a)s");
}

TEST(RewriteParameters, ANameUsedTwiceBindsOnceWhereTheServerCanRepeat) {
  EXPECT_EQ(rewritten("select :a, :b, :a", Style::kNamed, "duckdb"),
            "select $1, $2, $1");
  EXPECT_EQ(slots("select :a, :b, :a", Style::kNamed, "duckdb"),
            (std::vector<size_t>{0, 1}));
  EXPECT_EQ(slots("select :a, :b, :a", Style::kNamed, "sqlite"),
            (std::vector<size_t>{0, 1, 0}));
  SqlDialect by_name = dialect("duckdb");
  by_name.placeholder = Placeholder::kDollarName;
  const RewrittenSql named("select :a, :b, :a", Style::kNamed, by_name);
  EXPECT_EQ(named.sql(), "select $a, $b, $a");
  EXPECT_EQ(named.slots()[1].server_name, "b");
  const RewrittenSql odd("select %(a b)s, %(c)s", Style::kPyformat, by_name);
  EXPECT_EQ(odd.sql(), "select $p1, $p2");
  by_name.placeholder = Placeholder::kColonName;
  EXPECT_EQ(RewrittenSql("select ?, ?", Style::kQmark, by_name).sql(),
            "select :p1, :p2");
}

TEST(RewriteParameters, NumbersMayRepeatReorderAndLeaveGaps) {
  EXPECT_EQ(rewritten("select :2, :1, :2", Style::kNumeric, "duckdb"),
            "select $2, $1, $2");
  EXPECT_EQ(slots("select :2, :1, :2", Style::kNumeric, "sqlite"),
            (std::vector<size_t>{1, 0, 1}));
  const RewrittenSql gap("select :5, :2", Style::kNumeric, dialect("duckdb"));
  EXPECT_EQ(gap.sql(), "select $2, $1");
  EXPECT_EQ(gap.found().ordinals, (std::vector<size_t>{1, 4}));
}

TEST(RewriteParameters, PlaceholdersDoNotGrowTogetherWithTheirNeighbours) {
  EXPECT_EQ(rewritten("select a from t limit?and b=?", Style::kQmark, "duckdb"),
            "select a from t limit $1 and b=$2");
  EXPECT_EQ(rewritten("select %s%s", Style::kFormat, "duckdb"), "select $1 $2");
  EXPECT_EQ(rewritten("select e?", Style::kQmark, "duckdb"), "select e $1");
}

TEST(RewriteParameters, WhatCouldBindWronglyIsRefused) {
  const auto refused = [](std::string_view sql, Style style, const char* server) {
    return refusal([&] { (void)rewrite_parameters(sql, style, dialect(server)); });
  };
  EXPECT_THAT(refused("select ?1", Style::kQmark, "duckdb"), HasSubstr("?1"));
  EXPECT_THAT(refused("select :0", Style::kNumeric, "duckdb"), HasSubstr("number 0"));
  EXPECT_THAT(refused("select :99999999999999999999", Style::kNumeric, "duckdb"),
              HasSubstr("65535"));
  EXPECT_THAT(refused("select ?, $1", Style::kQmark, "duckdb"), HasSubstr("mixes"));
  EXPECT_THAT(refused("select :a, ?", Style::kNamed, "sqlite"), HasSubstr("mixes"));
  try {
    (void)rewrite_parameters("select ?", Style::kQmark, dialect("flink"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotImplemented);
    EXPECT_THAT(error.message(), HasSubstr("bind=client"));
  }
}

TEST(RewriteParameters, TextThatAnUnknownServerMayReadOtherwiseIsRefused) {
  for (const char* sql :
       {R"(select 'it\'s ', :a)", R"(select "a\"b", :a)", "select :a # it's",
        "select :a // it's", "select $$x$$, :a", "select /* /* */ :a",
        "select /*! 1, */ :a", "select 1 -- x\ry\n, :a"}) {
    const std::array<std::string_view, 1> given = {"a"};
    EXPECT_THAT(refusal([&] {
                  (void)match_names(
                      find_parameters(sql, Style::kNamed, generic_dialect()), given);
                }),
                HasSubstr("profile"))
        << sql;
  }
  for (const char* sql : {R"(select 'a\\b', 'c:\\', :a)", "select '#', :a -- it's",
                          "select /* it's */ :a -- x\r\n"}) {
    EXPECT_EQ(RewrittenSql(sql, Style::kNamed, generic_dialect()).count(), 1u) << sql;
  }
}

TEST(MatchNames, MissingAndSurplusNamesAreNamed) {
  const SqlTemplate found =
      find_parameters("select :a, :b, :c", Style::kNamed, dialect("duckdb"));
  const std::array<std::string_view, 3> right = {"c", "a", "b"};
  EXPECT_EQ(match_names(found, right), (std::vector<size_t>{1, 2, 0}));
  const std::array<std::string_view, 3> wrong = {"a", "x", "y"};
  EXPECT_EQ(refusal([&] { (void)match_names(found, wrong); }),
            "binding parameters: no value for b, c; the statement does not use x, y");
  const std::array<std::string_view, 4> twice = {"a", "b", "c", "a"};
  EXPECT_THAT(refusal([&] { (void)match_names(found, twice); }),
              HasSubstr("two values"));
}

TEST(MatchPositions, CountsAreCompared) {
  const SqlTemplate two = find_parameters("?, ?", Style::kQmark, dialect("duckdb"));
  EXPECT_EQ(match_positions(two, 2), (std::vector<size_t>{0, 1}));
  EXPECT_THAT(refusal([&] { (void)match_positions(two, 3); }),
              HasSubstr("takes 2 values, 3 were given"));
  const SqlTemplate none = find_parameters("1", Style::kQmark, dialect("duckdb"));
  EXPECT_TRUE(match_positions(none, 0).empty());
  EXPECT_THAT(refusal([&] { (void)match_positions(none, 1); }),
              HasSubstr("takes 0 values, 1 was given"));
  const SqlTemplate gap = find_parameters(":1, :3", Style::kNumeric, dialect("duckdb"));
  EXPECT_EQ(refusal([&] { (void)match_positions(gap, 2); }),
            "binding parameters: no value for :3; the statement does not use value 2");
}

TEST(DetectParameterStyle, TheTextSaysWhichStyleItIsWrittenIn) {
  const SqlDialect& duckdb = dialect("duckdb");
  EXPECT_EQ(detect_parameter_style("select ?", false, duckdb), Style::kQmark);
  EXPECT_EQ(detect_parameter_style("select '?', $1", false, duckdb), Style::kNumeric);
  EXPECT_EQ(detect_parameter_style("select %s -- ?", false, duckdb), Style::kFormat);
  EXPECT_EQ(detect_parameter_style("select :a", true, duckdb), Style::kNamed);
  EXPECT_EQ(detect_parameter_style("select $a", true, duckdb), Style::kNamed);
  EXPECT_EQ(detect_parameter_style("select %(a)s, x[1:2]", true, duckdb),
            Style::kPyformat);
  EXPECT_EQ(detect_parameter_style("select 1", true, duckdb), std::nullopt);
  EXPECT_EQ(detect_parameter_style("select $a$ ? $a$", true, duckdb), std::nullopt);
}

TEST(SqlDialects, AreFoundByNameInAnyCase) {
  for (const SqlDialect& d : all_dialects()) {
    EXPECT_EQ(find_dialect(d.name), &d);
    EXPECT_FALSE(d.identifier_quotes.empty()) << d.name;
  }
  EXPECT_EQ(find_dialect("DuckDB"), &dialect("duckdb"));
  EXPECT_EQ(find_dialect("iomete"), &dialect("spark"));
  EXPECT_EQ(find_dialect("duckdb2"), nullptr);
  EXPECT_EQ(find_dialect(""), nullptr);
}

TEST(SqlDialects, IdentifiersAreQuotedSafely) {
  EXPECT_EQ(quote_identifier("a\"b", dialect("duckdb")), "\"a\"\"b\"");
  EXPECT_EQ(quote_identifier("a`b\"", dialect("spark")), "`a``b\"`");
  EXPECT_EQ(quote_identifier("a\\", dialect("clickhouse")), "`a\\\\`");
  EXPECT_EQ(quote_identifier("a\\", dialect("duckdb")), "\"a\\\"");
  for (const std::string& name :
       {std::string(), std::string("a\0b", 3), std::string("a\\")}) {
    EXPECT_THAT(refusal([&] { (void)quote_identifier(name, generic_dialect()); }),
                HasSubstr("quoting an identifier"));
  }
}

}  // namespace
}  // namespace fletching
