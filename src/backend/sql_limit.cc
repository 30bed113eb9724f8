// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_limit.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "backend/sql_text.h"

namespace fletching {
namespace {

struct Token {
  SqlToken kind;
  std::string_view text;
  size_t at;

  [[nodiscard]] bool is(char c) const {
    return kind == SqlToken::kPunctuation && text.front() == c;
  }
  [[nodiscard]] bool is(std::string_view keyword) const {
    return kind == SqlToken::kWord && is_keyword(text, keyword);
  }
};

using Tokens = std::span<const Token>;

// Nothing where the text's end is not what it seems.
std::optional<std::vector<Token>> tokens_of(std::string_view sql,
                                            const SqlDialect& dialect) {
  SqlScanner scanner(sql, dialect);
  std::vector<Token> tokens;
  for (SqlToken kind = scanner.next(); kind != SqlToken::kEnd; kind = scanner.next()) {
    tokens.push_back({kind, scanner.text(), scanner.position()});
  }
  if (scanner.ambiguous() || scanner.unterminated()) return std::nullopt;
  return tokens;
}

// Calls `see` with each token outside of parentheses and its index, until it is true.
template <class See>
bool any_outside(Tokens tokens, See&& see) {
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is('(')) ++depth;
    if (depth == 0 && see(tokens[i], i)) return true;
    if (tokens[i].is(')')) --depth;
  }
  return false;
}

// The statement inside of parentheses that hold all of it.
Tokens unwrapped(Tokens tokens) {
  while (tokens.size() > 1 && tokens.front().is('(') && tokens.back().is(')')) {
    int depth = 0;
    const auto closing =
        std::find_if(tokens.begin(), tokens.end(), [&](const Token& t) {
          depth += t.is('(') ? 1 : t.is(')') ? -1 : 0;
          return depth == 0;
        });
    if (closing + 1 != tokens.end()) break;
    tokens = tokens.subspan(1, tokens.size() - 2);
  }
  return tokens;
}

bool begins_query(const Token& token) {
  constexpr std::array<std::string_view, 4> kQueries = {"select", "values", "table",
                                                        "from"};
  return std::any_of(kQueries.begin(), kQueries.end(),
                     [&](std::string_view word) { return token.is(word); });
}

bool is_query(Tokens tokens) {
  const auto first = std::find_if(tokens.begin(), tokens.end(),
                                  [](const Token& token) { return !token.is('('); });
  if (first == tokens.end()) return false;
  if (!first->is("with")) return begins_query(*first);
  constexpr std::array<std::string_view, 5> kChanging = {"insert", "update", "delete",
                                                         "merge", "create"};
  bool query = false;
  any_outside(Tokens(first, tokens.end()), [&](const Token& token, size_t) {
    query = begins_query(token);
    return query || std::any_of(kChanging.begin(), kChanging.end(),
                                [&](std::string_view word) { return token.is(word); });
  });
  return query;
}

// LIMIT is also a name where a point or AS stands before it.
bool is_limited(Tokens tokens) {
  return any_outside(tokens, [&](const Token& token, size_t i) {
    const bool named = i > 0 && (tokens[i - 1].is('.') || tokens[i - 1].is("as"));
    if (named || i + 1 == tokens.size()) return false;
    if (token.is("limit")) return true;
    const Token& next = tokens[i + 1];
    return token.is("fetch") && (next.is("first") || next.is("next"));
  });
}

// Where the clause goes: before the semicolons at the end, which are taken off.
size_t place_for_clause(Tokens& tokens, size_t end) {
  while (!tokens.empty() && tokens.back().is(';')) {
    end = tokens.back().at;
    tokens = tokens.first(tokens.size() - 1);
  }
  return end;
}

// Whether the new text has the clause as its last one, and not in a comment that goes
// on.
bool ends_with_clause(std::string_view sql, const SqlDialect& dialect) {
  const auto found = tokens_of(sql, dialect);
  if (!found) return false;
  Tokens tokens(*found);
  place_for_clause(tokens, 0);
  const size_t count = tokens.size();
  return count > 2 && tokens[count - 2].is("limit") &&
         tokens[count - 1].kind == SqlToken::kNumber;
}

}  // namespace

std::optional<std::string> with_limit(std::string_view sql, int64_t rows,
                                      const SqlDialect& dialect) {
  const auto found = tokens_of(sql, dialect);
  if (!found) return std::nullopt;
  Tokens tokens(*found);
  const size_t place = place_for_clause(tokens, sql.size());
  if (std::any_of(tokens.begin(), tokens.end(),
                  [](const Token& token) { return token.is(';'); })) {
    return std::nullopt;
  }
  const Tokens statement = unwrapped(tokens);
  if (!is_query(statement) || is_limited(statement)) return std::nullopt;
  std::string limited(sql.substr(0, place));
  limited += "\nLIMIT " + std::to_string(rows);
  limited += sql.substr(place);
  if (!ends_with_clause(limited, dialect)) return std::nullopt;
  return limited;
}

}  // namespace fletching
