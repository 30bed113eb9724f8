// SPDX-License-Identifier: Apache-2.0
// Reads SQL text just far enough to route it: comments, strings, quoted identifiers and
// dollar quotes are understood, by the rules of a dialect; grammar is not.
#pragma once

#include <cstddef>
#include <string_view>

#include "backend/sql_dialect.h"

namespace fletching {

enum class SqlToken {
  kEnd,
  kWord,         // keyword or bare identifier
  kQuoted,       // "x", `x`, where the dialect has it [x]
  kString,       // 'x', and by dialect "x", E'x', R'x', $$x$$, $tag$x$tag$
  kNumber,       // 1, 1.5e-3, 0x1F
  kPunctuation,  // one character
};

// Splits SQL into tokens without copying; blanks and comments are passed over. An
// unterminated string or comment ends with the text.
class SqlScanner {
 public:
  // The dialect outlives the scanner.
  explicit SqlScanner(std::string_view sql,
                      const SqlDialect& dialect = generic_dialect()) noexcept
      : sql_(sql), rules_(dialect.lexical) {}
  SqlToken next() noexcept;
  [[nodiscard]] std::string_view text() const noexcept {
    return sql_.substr(start_, at_ - start_);
  }
  [[nodiscard]] size_t position() const noexcept { return start_; }
  [[nodiscard]] size_t end() const noexcept { return at_; }
  // next() goes on here; never before the current token.
  void resume_at(size_t position) noexcept { at_ = position; }

  // Something so far ends elsewhere, or is no comment, on a server whose rules the
  // dialect does not know ('it\'s', # and // comments, nested comments, $$): whoever
  // puts a value into such a text could put it inside of a string.
  [[nodiscard]] bool ambiguous() const noexcept { return ambiguous_; }
  // The last string, quoted identifier or comment had no end.
  [[nodiscard]] bool unterminated() const noexcept { return unterminated_; }

 private:
  void skip_blanks_and_comments() noexcept;
  void skip_line_comment() noexcept;
  void skip_block_comment() noexcept;
  bool starts_line_comment() noexcept;
  void scan_quoted(char quote, bool backslash) noexcept;
  void scan_bracketed() noexcept;
  bool scan_dollar_quoted() noexcept;
  bool scan_prefixed_string() noexcept;
  void scan_number() noexcept;

  std::string_view sql_;
  const LexicalRules& rules_;
  size_t start_ = 0;
  size_t at_ = 0;
  bool ambiguous_ = false;
  bool unterminated_ = false;
};

// A letter, digit, _, $ or anything beyond ASCII: what makes two neighbours one word.
[[nodiscard]] bool is_sql_word_character(char c) noexcept;

// Is it this keyword (which is in small letters), in any case?
[[nodiscard]] bool is_keyword(std::string_view word, std::string_view keyword) noexcept;

// The statement's first word, as it is written, after comments and opening parentheses;
// empty where it begins with something else.
[[nodiscard]] std::string_view first_keyword(
    std::string_view sql, const SqlDialect& dialect = generic_dialect()) noexcept;

// More than blanks, comments and semicolons follows a semicolon.
[[nodiscard]] bool has_several_statements(
    std::string_view sql, const SqlDialect& dialect = generic_dialect()) noexcept;

// True if the statement's first keyword, after comments, opening parentheses and a WITH
// clause's common table expressions, is one that changes data or definitions (INSERT,
// UPDATE, DELETE, MERGE, CREATE, DROP, ALTER, ...) and no RETURNING stands outside of
// parentheses and quotes: such text has no rows and goes the update path.
[[nodiscard]] bool is_update_statement(
    std::string_view sql, const SqlDialect& dialect = generic_dialect()) noexcept;

// True only for text that is certain to change nothing and so may be sent twice: one
// statement that begins with SELECT, VALUES, SHOW, DESCRIBE, DESC, EXPLAIN or WITH ...
// SELECT, with no INTO, no data-changing keyword (in a common table expression, under
// EXPLAIN ANALYZE), no FOR UPDATE and no call of a function known to have effects
// (nextval, setval, pg_..., dblink..., and more). False where in doubt: for a column
// named "delete" without quotes, a text that is ambiguous or unterminated.
// What a user's own function does cannot be seen here.
[[nodiscard]] bool is_read_statement(
    std::string_view sql, const SqlDialect& dialect = generic_dialect()) noexcept;

}  // namespace fletching
