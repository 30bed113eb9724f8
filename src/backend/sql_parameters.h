// SPDX-License-Identifier: Apache-2.0
// Placeholders as Python's PEP 249 writes them, found in a text and rewritten to what a
// server takes. Never inside of strings, comments, quoted identifiers, dollar quotes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/sql_dialect.h"
#include "fletching/parameter_style.h"

namespace fletching {

// Are values given by name (a mapping) and not by position (a sequence)?
[[nodiscard]] bool is_by_name(ParameterStyle style) noexcept;

// A text taken apart. Values are counted once however often they are named.
struct SqlTemplate {
  static constexpr size_t kEscape = SIZE_MAX;
  struct Piece {
    size_t begin, end;  // in the text
    size_t value;  // index of names or ordinals; kEscape: its first character stays
  };
  std::vector<Piece> pieces;       // in the order of the text
  std::vector<std::string> names;  // by-name styles: in the order of appearance
  std::vector<size_t> ordinals;    // others: the caller's values used, from 0, rising
  size_t foreign = std::string::npos;  // where another placeholder of the server stands

  bool ambiguous = false;  // of a text without placeholders: another server sees some?

  [[nodiscard]] size_t values() const noexcept {
    return names.size() + ordinals.size();
  }
  [[nodiscard]] bool has_parameters() const noexcept { return values() != 0; }
};

// Throws kInvalidArgument ("binding parameters: ...") for ?1, for :0, for numbers over
// 65535 and for text with placeholders that reads differently on servers that the
// dialect does not tell apart (SqlScanner::ambiguous()).
[[nodiscard]] SqlTemplate find_parameters(std::string_view sql, ParameterStyle style,
                                          const SqlDialect& dialect);

// Which style a text is written in, for values given by name or by position: the first
// of kPyformat, kNamed or of kQmark, kNumeric, kFormat that occurs; none for a text
// without placeholders. Throws like find_parameters().
[[nodiscard]] std::optional<ParameterStyle> detect_parameter_style(
    std::string_view sql, bool by_name, const SqlDialect& dialect);

// For each value of the template its index among those given. Throw kInvalidArgument,
// which faces show as a ProgrammingError, naming each missing and each unused one.
[[nodiscard]] std::vector<size_t> match_names(const SqlTemplate& found,
                                              std::span<const std::string_view> given);
[[nodiscard]] std::vector<size_t> match_positions(const SqlTemplate& found,
                                                  size_t given);

// One column of what is bound.
struct ParameterSlot {
  size_t value = 0;         // index of the template's names or ordinals
  std::string server_name;  // the bound field's name where the server binds by name
};

// A text in the server's placeholders. Views the text that it was made of, which it
// does not copy unless something had to change.
class RewrittenSql {
 public:
  // Throws like find_parameters(); kNotImplemented where the dialect cannot bind;
  // kInvalidArgument where the text also holds a placeholder of the server's own.
  RewrittenSql(std::string_view sql, ParameterStyle style, const SqlDialect& dialect);

  [[nodiscard]] std::string_view sql() const noexcept {
    return changed_.empty() ? original_ : std::string_view(changed_);
  }
  [[nodiscard]] const SqlTemplate& found() const noexcept { return found_; }
  // One for each column to bind, in the server's order. A value has more than one where
  // the server's placeholder cannot be repeated.
  [[nodiscard]] const std::vector<ParameterSlot>& slots() const noexcept {
    return slots_;
  }
  [[nodiscard]] size_t count() const noexcept { return slots_.size(); }

 private:
  std::string_view original_;
  std::string changed_;
  SqlTemplate found_;
  std::vector<ParameterSlot> slots_;
};

[[nodiscard]] inline RewrittenSql rewrite_parameters(std::string_view sql,
                                                     ParameterStyle style,
                                                     const SqlDialect& dialect) {
  return {sql, style, dialect};
}

// Puts replacements into a text so that none grows together with its neighbours: a
// blank comes between where the characters would make one token.
class SqlAssembler {
 public:
  explicit SqlAssembler(std::string_view sql) : sql_(sql) {}
  void replace(size_t begin, size_t end, std::string_view replacement);
  void keep(size_t begin, size_t end, std::string_view as);  // without blanks
  [[nodiscard]] std::string finish() &&;

 private:
  void copy_to(size_t position);

  std::string_view sql_;
  std::string out_;
  size_t copied_ = 0;
  bool replaced_ = false;  // the last thing in out_
};

// The text with each placeholder replaced by the text of its value, of which there is
// one for each of found's, and with ?? and %% as the server is to read them.
[[nodiscard]] std::string fill_parameters(std::string_view sql,
                                          const SqlTemplate& found,
                                          std::span<const std::string> values);

}  // namespace fletching
