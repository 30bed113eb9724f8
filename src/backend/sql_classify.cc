// SPDX-License-Identifier: Apache-2.0
// What kind of statement a text is: the second half of sql_text.h.
#include <algorithm>
#include <array>

#include "backend/sql_text.h"

namespace fletching {
namespace {

using Words = std::span<const std::string_view>;

bool one_of(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return is_keyword(text, word); });
}

// First words of statements that change data or definitions.
constexpr std::array<std::string_view, 20> kChanging = {
    "insert", "update", "delete",   "merge",  "replace", "upsert", "create",
    "drop",   "alter",  "truncate", "rename", "grant",   "revoke", "comment",
    "copy",   "vacuum", "reindex",  "attach", "detach",  "analyze"};
constexpr std::array<std::string_view, 6> kReading = {"select", "values", "table",
                                                      "from",   "show",   "describe"};

// Words that no plain query needs without quotes: FINAL TABLE (DELETE ...), FOR UPDATE,
// SELECT INTO, NEXT VALUE FOR, sequence.NEXTVAL.
constexpr std::array<std::string_view, 24> kNeverInReads = {
    "insert", "update",  "delete",    "merge",   "upsert",   "into",
    "create", "drop",    "alter",     "grant",   "revoke",   "call",
    "exec",   "execute", "overwrite", "nextval", "setval",   "attach",
    "detach", "install", "load",      "copy",    "optimize", "outfile"};
// These are functions too: replace(a, 'x', 'y'), truncate(1.5, 1).
constexpr std::array<std::string_view, 2> kNeverUnlessCalled = {"replace", "truncate"};

// Functions with effects, in PostgreSQL, SQLite, MySQL, DuckDB, Spark and ClickHouse.
constexpr std::array<std::string_view, 20> kEffects = {
    "nextval",        "setval",     "set_config",   "load_extension",    "writefile",
    "edit",           "get_lock",   "release_lock", "release_all_locks", "kill",
    "write_blob",     "write_text", "java_method",  "reflect",           "try_reflect",
    "last_insert_id", "system",     "shell",        "force_checkpoint",  "checkpoint"};
constexpr std::array<std::string_view, 8> kEffectPrefixes = {
    "pg_", "lo_", "dblink", "xp_", "sp_", "http", "txid_current", "sys_exec"};

bool has_effects(std::string_view function) {
  return one_of(function, kEffects) ||
         std::any_of(kEffectPrefixes.begin(), kEffectPrefixes.end(),
                     [function](std::string_view prefix) {
                       return is_keyword(function.substr(0, prefix.size()), prefix);
                     });
}

SqlToken skip_parentheses(SqlScanner& scanner) {
  SqlToken token = scanner.next();
  while (token == SqlToken::kPunctuation && scanner.text() == "(") {
    token = scanner.next();
  }
  return token;
}

int depth_change(const SqlScanner& scanner, SqlToken token) {
  if (token != SqlToken::kPunctuation) return 0;
  return scanner.text() == "(" ? 1 : scanner.text() == ")" ? -1 : 0;
}

// Moves past the common table expressions: the first deciding keyword at depth 0, or
// nothing.
std::string_view keyword_after_with(SqlScanner& scanner) {
  int depth = 0;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    depth += depth_change(scanner, token);
    if (token != SqlToken::kWord || depth > 0) continue;
    if (one_of(scanner.text(), kChanging) || one_of(scanner.text(), kReading)) {
      return scanner.text();
    }
  }
  return {};
}

bool returns_rows(SqlScanner& scanner) {
  int depth = 0;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    depth += depth_change(scanner, token);
    if (token == SqlToken::kWord && depth == 0 &&
        is_keyword(scanner.text(), "returning")) {
      return true;
    }
  }
  return false;
}

// What the whole of a text holds, for is_read_statement.
struct Contents {
  bool changes = false;  // a word or a call that a read does not need
  bool analyze = false;
  bool clear = true;  // nothing ambiguous, unterminated or after a semicolon
};

// Words that change nothing by themselves but do something together.
class Phrases {
 public:
  bool changes(SqlToken token, std::string_view text) {
    const bool assigns = variable_ && colon_ && text == "=";
    const bool next_value = next_ && is_keyword(text, "value");
    variable_ = variable_ || text == "@";
    colon_ = text == ":";
    next_ = token == SqlToken::kWord && is_keyword(text, "next");
    return assigns || next_value;
  }

 private:
  bool variable_ = false;  // @x := 1
  bool colon_ = false;
  bool next_ = false;
};

Contents examine(std::string_view sql, const SqlDialect& dialect) {
  SqlScanner scanner(sql, dialect);
  Contents contents;
  Phrases phrases;
  std::string_view word;  // the word or quoted name just before
  bool ended = false;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    const std::string_view text = scanner.text();
    const bool called = text == "(";
    if (!called && one_of(word, kNeverUnlessCalled)) contents.changes = true;
    if (called && has_effects(word)) contents.changes = true;
    if (phrases.changes(token, text)) contents.changes = true;
    if (text == ";") {
      ended = true;
    } else if (ended) {
      contents.clear = false;
    }
    word = {};
    if (token == SqlToken::kQuoted && text.size() > 2) {
      word = text.substr(1, text.size() - 2);
      if (is_keyword(word, "replace") || is_keyword(word, "truncate")) word = {};
    }
    if (token != SqlToken::kWord) continue;
    word = text;
    contents.changes = contents.changes || one_of(text, kNeverInReads);
    contents.analyze = contents.analyze || is_keyword(text, "analyze") ||
                       is_keyword(text, "analyse") || is_keyword(text, "profile");
  }
  if (one_of(word, kNeverUnlessCalled)) contents.changes = true;
  if (scanner.ambiguous() || scanner.unterminated()) contents.clear = false;
  return contents;
}

}  // namespace

std::string_view first_keyword(std::string_view sql,
                               const SqlDialect& dialect) noexcept {
  SqlScanner scanner(sql, dialect);
  return skip_parentheses(scanner) == SqlToken::kWord ? scanner.text()
                                                      : std::string_view();
}

bool has_several_statements(std::string_view sql, const SqlDialect& dialect) noexcept {
  SqlScanner scanner(sql, dialect);
  bool any = false;
  bool ended = false;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    const bool semicolon = scanner.text() == ";";
    if (ended && !semicolon) return true;
    any = any || !semicolon;
    ended = any && semicolon;
  }
  return false;
}

bool is_update_statement(std::string_view sql, const SqlDialect& dialect) noexcept {
  SqlScanner scanner(sql, dialect);
  if (skip_parentheses(scanner) != SqlToken::kWord) return false;
  const std::string_view keyword =
      is_keyword(scanner.text(), "with") ? keyword_after_with(scanner) : scanner.text();
  return one_of(keyword, kChanging) && !returns_rows(scanner);
}

bool is_read_statement(std::string_view sql, const SqlDialect& dialect) noexcept {
  SqlScanner scanner(sql, dialect);
  if (skip_parentheses(scanner) != SqlToken::kWord) return false;
  std::string_view keyword = scanner.text();
  const Contents contents = examine(sql, dialect);
  if (!contents.clear) return false;
  if (is_keyword(keyword, "show")) return true;
  constexpr std::array<std::string_view, 3> kExplaining = {"explain", "describe",
                                                           "desc"};
  if (one_of(keyword, kExplaining)) return !contents.analyze || !contents.changes;
  if (is_keyword(keyword, "with")) keyword = keyword_after_with(scanner);
  constexpr std::array<std::string_view, 2> kQueries = {"select", "values"};
  return one_of(keyword, kQueries) && !contents.changes;
}

}  // namespace fletching
