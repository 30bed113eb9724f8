// SPDX-License-Identifier: Apache-2.0
// Reads SQL text just far enough to route it: comments, strings, quoted identifiers and
// dollar quotes are understood, grammar is not.
#pragma once

#include <cstddef>
#include <string_view>

namespace fletching {

enum class SqlToken {
  kEnd,
  kWord,    // keyword or bare identifier
  kQuoted,  // "x", `x`, [x] never (brackets are punctuation)
  kString,  // 'x', E'x', $$x$$, $tag$x$tag$
  kNumber,
  kPunctuation,  // one character
};

// Splits SQL into tokens without copying; blanks and comments (--, #! never, /* nested
// */) are passed over. An unterminated string or comment ends with the text.
class SqlScanner {
 public:
  explicit SqlScanner(std::string_view sql) noexcept : sql_(sql) {}
  SqlToken next() noexcept;
  [[nodiscard]] std::string_view text() const noexcept {
    return sql_.substr(start_, at_ - start_);
  }
  [[nodiscard]] size_t position() const noexcept { return start_; }

 private:
  void skip_blanks_and_comments() noexcept;
  void scan_quoted(char quote, bool backslash) noexcept;
  bool scan_dollar_quoted() noexcept;

  std::string_view sql_;
  size_t start_ = 0;
  size_t at_ = 0;
};

// True if the statement's first keyword, after comments, opening parentheses and a WITH
// clause's common table expressions, is one that changes data or definitions (INSERT,
// UPDATE, DELETE, MERGE, CREATE, DROP, ALTER, ...) and no RETURNING stands outside of
// parentheses and quotes: such text has no rows and goes the update path.
[[nodiscard]] bool is_update_statement(std::string_view sql) noexcept;

}  // namespace fletching
