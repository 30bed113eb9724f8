// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_text.h"

#include <algorithm>
#include <array>

namespace fletching {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) { return is_word_start(c) || is_digit(c) || c == '$'; }

bool same_word(std::string_view text, std::string_view keyword) {
  return text.size() == keyword.size() &&
         std::equal(text.begin(), text.end(), keyword.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

template <size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return same_word(text, word); });
}

constexpr std::array<std::string_view, 20> kChanging = {
    "insert", "update", "delete",   "merge",  "replace", "upsert", "create",
    "drop",   "alter",  "truncate", "rename", "grant",   "revoke", "comment",
    "copy",   "vacuum", "reindex",  "attach", "detach",  "analyze"};
constexpr std::array<std::string_view, 6> kReading = {"select", "values", "table",
                                                      "from",   "show",   "describe"};

// Moves past the common table expressions: the first deciding keyword at depth 0.
bool changes_after_with(SqlScanner& scanner) {
  int depth = 0;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    if (token == SqlToken::kPunctuation) {
      depth += scanner.text() == "(" ? 1 : scanner.text() == ")" ? -1 : 0;
    }
    if (token != SqlToken::kWord || depth > 0) continue;
    if (one_of(scanner.text(), kChanging)) return true;
    if (one_of(scanner.text(), kReading)) return false;
  }
  return false;
}

bool returns_rows(SqlScanner& scanner) {
  int depth = 0;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    if (token == SqlToken::kPunctuation) {
      depth += scanner.text() == "(" ? 1 : scanner.text() == ")" ? -1 : 0;
    }
    if (token == SqlToken::kWord && depth == 0 &&
        same_word(scanner.text(), "returning")) {
      return true;
    }
  }
  return false;
}

}  // namespace

void SqlScanner::skip_blanks_and_comments() noexcept {
  while (at_ < sql_.size()) {
    const char c = sql_[at_];
    const std::string_view rest = sql_.substr(at_);
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else if (rest.starts_with("--")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (rest.starts_with("/*")) {
      int depth = 0;
      do {
        const std::string_view here = sql_.substr(at_);
        const bool open = here.starts_with("/*");
        const bool close = here.starts_with("*/");
        depth += open ? 1 : close ? -1 : 0;
        at_ += open || close ? 2 : 1;
      } while (depth > 0 && at_ < sql_.size());
    } else {
      return;
    }
  }
}

void SqlScanner::scan_quoted(char quote, bool backslash) noexcept {
  ++at_;
  while (at_ < sql_.size()) {
    const char c = sql_[at_++];
    if (c == '\\' && backslash && at_ < sql_.size()) {
      ++at_;
    } else if (c == quote) {
      if (at_ >= sql_.size() || sql_[at_] != quote) return;
      ++at_;  // a doubled quote stands for one
    }
  }
}

bool SqlScanner::scan_dollar_quoted() noexcept {
  size_t end = at_ + 1;
  if (end < sql_.size() && is_digit(sql_[end])) return false;  // $1 is a parameter
  while (end < sql_.size() && (is_word_start(sql_[end]) || is_digit(sql_[end]))) ++end;
  if (end >= sql_.size() || sql_[end] != '$') return false;
  const std::string_view tag = sql_.substr(at_, end + 1 - at_);
  const size_t close = sql_.find(tag, end + 1);
  at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
  return true;
}

SqlToken SqlScanner::next() noexcept {
  skip_blanks_and_comments();
  start_ = at_;
  if (at_ >= sql_.size()) return SqlToken::kEnd;
  const char c = sql_[at_];
  if (c == '\'') {
    scan_quoted(c, false);
    return SqlToken::kString;
  }
  if (c == '"' || c == '`') {
    scan_quoted(c, false);
    return SqlToken::kQuoted;
  }
  if (c == '$' && scan_dollar_quoted()) return SqlToken::kString;
  if (lower(c) == 'e' && at_ + 1 < sql_.size() && sql_[at_ + 1] == '\'') {
    ++at_;
    scan_quoted('\'', true);
    return SqlToken::kString;
  }
  if (is_word_start(c)) {
    while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
    return SqlToken::kWord;
  }
  if (is_digit(c)) {
    while (at_ < sql_.size() && (is_word(sql_[at_]) || sql_[at_] == '.')) ++at_;
    return SqlToken::kNumber;
  }
  ++at_;
  return SqlToken::kPunctuation;
}

bool is_update_statement(std::string_view sql) noexcept {
  SqlScanner scanner(sql);
  SqlToken token = scanner.next();
  while (token == SqlToken::kPunctuation && scanner.text() == "(") {
    token = scanner.next();
  }
  if (token != SqlToken::kWord) return false;
  const bool changes = same_word(scanner.text(), "with")
                           ? changes_after_with(scanner)
                           : one_of(scanner.text(), kChanging);
  return changes && !returns_rows(scanner);
}

}  // namespace fletching
