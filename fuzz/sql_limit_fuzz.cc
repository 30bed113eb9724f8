// SPDX-License-Identifier: Apache-2.0
// Statements of any kind: one that gets a limit is a query, keeps every byte and every
// token that it had, and gets no second one. The first byte is the dialect, the second
// the limit.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "backend/sql_limit.h"
#include "backend/sql_text.h"

namespace {

using namespace fletching;

using Tokens = std::vector<std::string_view>;

[[noreturn]] void fail(const char* what, std::string_view limited) {
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(limited.size()),
               limited.data());
  std::abort();
}

Tokens tokens_of(std::string_view sql, const SqlDialect& dialect) {
  SqlScanner scanner(sql, dialect);
  Tokens tokens;
  while (scanner.next() != SqlToken::kEnd) tokens.push_back(scanner.text());
  return tokens;
}

// Where the clause is: nothing but semicolons, blanks and comments comes after it.
size_t place_of(std::string_view limited, std::string_view clause, std::string_view sql,
                const SqlDialect& dialect) {
  for (size_t at = limited.rfind(clause); at != limited.npos && at <= sql.size();
       at = at == 0 ? limited.npos : limited.rfind(clause, at - 1)) {
    const std::string_view rest = limited.substr(at + clause.size());
    if (limited.substr(0, at) != sql.substr(0, at) || rest != sql.substr(at)) continue;
    const Tokens after = tokens_of(rest, dialect);
    if (std::all_of(after.begin(), after.end(),
                    [](std::string_view token) { return token == ";"; })) {
      return at;
    }
  }
  fail("more than a clause at the end was changed", limited);
}

// Whether the clause of a text stands outside of all parentheses, and is no name.
bool is_seen(const Tokens& before) {
  int depth = 0;
  for (const std::string_view token : before) {
    depth += token == "(" ? 1 : token == ")" ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth == 0 && !before.empty() && before.back() != "." &&
         !is_keyword(before.back(), "as");
}

void check(std::string_view sql, int64_t rows, const SqlDialect& dialect,
           std::string_view limited) {
  const std::string number = std::to_string(rows);
  const std::string clause = "\nLIMIT " + number;
  const size_t place = place_of(limited, clause, sql, dialect);
  // With a line's end, as some comments want a blank behind their sign.
  const std::string before = std::string(sql.substr(0, place)) + "\n";
  Tokens expected = tokens_of(before, dialect);
  const bool seen = is_seen(expected);
  expected.insert(expected.end(), {"LIMIT", number});
  const Tokens after = tokens_of(sql.substr(place), dialect);
  expected.insert(expected.end(), after.begin(), after.end());
  if (tokens_of(limited, dialect) != expected) fail("other tokens", limited);
  if (has_several_statements(sql, dialect)) fail("of several statements", limited);
  if (is_update_statement(sql, dialect)) fail("an update", limited);
  if (is_read_statement(sql, dialect) != is_read_statement(limited, dialect)) {
    fail("no longer read in the same way", limited);
  }
  if (seen && with_limit(limited, rows, dialect)) fail("a second limit", limited);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto dialects = all_dialects();
  const SqlDialect& dialect = dialects[data[0] % dialects.size()];
  const int64_t rows = int64_t{1} << (data[1] % 63);
  const std::string_view sql(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto limited = with_limit(sql, rows, dialect);
  if (limited) check(sql, rows, dialect, *limited);
  return 0;
}
