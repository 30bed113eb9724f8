// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_text.h"

#include <algorithm>

namespace fletching {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool is_sql_word_character(char c) noexcept {
  return is_word_start(c) || is_digit(c) || c == '$';
}

bool is_keyword(std::string_view word, std::string_view keyword) noexcept {
  return std::equal(word.begin(), word.end(), keyword.begin(), keyword.end(),
                    [](char a, char b) { return lower(a) == b; });
}

bool SqlScanner::starts_line_comment() noexcept {
  const std::string_view rest = sql_.substr(at_);
  if (rest.starts_with("--")) return true;
  Answer answer = Answer::kNo;
  if (rest.starts_with("//")) {
    answer = rules_.slash_comments;
  } else if (rest.starts_with('#') && (!rules_.hash_needs_blank || rest.size() == 1 ||
                                       rest[1] == ' ' || rest[1] == '!')) {
    answer = rules_.hash_comments;
  }
  ambiguous_ = ambiguous_ || answer == Answer::kUnknown;
  return answer == Answer::kYes;
}

void SqlScanner::skip_line_comment() noexcept {
  while (at_ < sql_.size()) {
    const size_t end = std::min(sql_.find('\n', at_), sql_.size());
    // Half of the servers end a comment at a carriage return alone, half do not.
    const size_t stray = sql_.substr(at_, end - at_).find('\r');
    ambiguous_ =
        ambiguous_ || (stray != std::string_view::npos && at_ + stray + 1 < end);
    at_ = end;
    if (!rules_.continued_comments || end == 0 || sql_[end - 1] != '\\') return;
    if (at_ < sql_.size()) ++at_;
  }
}

void SqlScanner::skip_block_comment() noexcept {
  // MySQL runs what is in /*! ... */.
  ambiguous_ = ambiguous_ || (rules_.backslash == Answer::kUnknown &&
                              sql_.substr(at_).starts_with("/*!"));
  int depth = 0;
  do {
    const std::string_view here = sql_.substr(at_);
    if (here.starts_with("/*") &&
        (depth == 0 || rules_.nested_comments != Answer::kNo)) {
      ambiguous_ =
          ambiguous_ || (depth > 0 && rules_.nested_comments == Answer::kUnknown);
      ++depth;
      at_ += 2;
    } else if (here.starts_with("*/")) {
      --depth;
      at_ += 2;
    } else {
      ++at_;
    }
  } while (depth > 0 && at_ < sql_.size());
  unterminated_ = unterminated_ || depth > 0;
}

void SqlScanner::skip_blanks_and_comments() noexcept {
  while (at_ < sql_.size()) {
    const char c = sql_[at_];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else if (starts_line_comment()) {
      skip_line_comment();
    } else if (sql_.substr(at_).starts_with("/*")) {
      skip_block_comment();
    } else {
      return;
    }
  }
}

void SqlScanner::scan_quoted(char quote, bool backslash) noexcept {
  ++at_;
  bool escaped = false;  // if a backslash does escape
  while (at_ < sql_.size()) {
    const char c = sql_[at_++];
    const bool after_backslash = escaped;
    escaped = c == '\\' && !escaped;
    if (c != quote) continue;
    if (after_backslash) {
      ambiguous_ = ambiguous_ || rules_.backslash == Answer::kUnknown;
      if (backslash) continue;
    }
    if (at_ >= sql_.size() || sql_[at_] != quote) return;
    ++at_;  // a doubled quote stands for one
  }
  unterminated_ = true;
}

void SqlScanner::scan_bracketed() noexcept {
  const size_t close = sql_.find(']', at_);
  unterminated_ = unterminated_ || close == std::string_view::npos;
  at_ = close == std::string_view::npos ? sql_.size() : close + 1;
}

bool SqlScanner::scan_dollar_quoted() noexcept {
  if (rules_.dollar_quotes == Answer::kNo) return false;
  size_t end = at_ + 1;
  if (end < sql_.size() && is_digit(sql_[end])) return false;  // $1 is a parameter
  while (end < sql_.size() && (is_word_start(sql_[end]) || is_digit(sql_[end]))) ++end;
  if (end >= sql_.size() || sql_[end] != '$') return false;
  ambiguous_ = ambiguous_ || rules_.dollar_quotes == Answer::kUnknown;
  const std::string_view tag = sql_.substr(at_, end + 1 - at_);
  const size_t close = sql_.find(tag, end + 1);
  unterminated_ = unterminated_ || close == std::string_view::npos;
  at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
  return true;
}

bool SqlScanner::scan_prefixed_string() noexcept {
  if (at_ + 1 >= sql_.size()) return false;
  const char prefix = lower(sql_[at_]);
  const char quote = sql_[at_ + 1];
  const bool escape = prefix == 'e' && quote == '\'' && rules_.escape_strings;
  const bool raw =
      prefix == 'r' && (quote == '\'' || quote == '"') && rules_.raw_strings;
  if (!escape && !raw) return false;
  ++at_;
  scan_quoted(quote, escape);
  return true;
}

void SqlScanner::scan_number() noexcept {
  const bool hexadecimal =
      sql_[at_] == '0' && at_ + 1 < sql_.size() && lower(sql_[at_ + 1]) == 'x';
  while (at_ < sql_.size()) {
    const char c = sql_[at_];
    const bool sign = (c == '+' || c == '-') && !hexadecimal &&
                      lower(sql_[at_ - 1]) == 'e' && at_ + 1 < sql_.size() &&
                      is_digit(sql_[at_ + 1]);
    if (!is_sql_word_character(c) && c != '.' && !sign) return;
    ++at_;
  }
}

SqlToken SqlScanner::next() noexcept {
  skip_blanks_and_comments();
  start_ = at_;
  if (at_ >= sql_.size()) return SqlToken::kEnd;
  const char c = sql_[at_];
  if (c == '\'') {
    scan_quoted(c, rules_.backslash == Answer::kYes);
    return SqlToken::kString;
  }
  if (c == '"' && rules_.double_quoted_strings) {
    scan_quoted(c, rules_.backslash == Answer::kYes);
    return SqlToken::kString;
  }
  if (c == '"' || c == '`') {
    scan_quoted(c, rules_.backslash_in_identifiers);
    return SqlToken::kQuoted;
  }
  if (c == '[' && rules_.bracket_identifiers) {
    scan_bracketed();
    return SqlToken::kQuoted;
  }
  if (c == '$' && scan_dollar_quoted()) return SqlToken::kString;
  if (is_word_start(c)) {
    if (scan_prefixed_string()) return SqlToken::kString;
    while (at_ < sql_.size() && is_sql_word_character(sql_[at_])) ++at_;
    return SqlToken::kWord;
  }
  if (is_digit(c)) {
    scan_number();
    return SqlToken::kNumber;
  }
  ++at_;
  return SqlToken::kPunctuation;
}

}  // namespace fletching
