// SPDX-License-Identifier: Apache-2.0
// Arrow values as SQL literals, for servers that cannot bind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/owned.h"
#include "backend/sql_dialect.h"
#include "backend/sql_parameters.h"

namespace fletching {

// Appends the literal of an instant (seconds since 1970 in UTC, and nanoseconds), where
// the dialect's own forms would lose digits of its second: for servers whose literals
// depend on the session's zone, which a dialect does not know.
using InstantWriter =
    std::function<void(std::string& sql, int64_t seconds, int32_t nanos)>;

// Writes values of one column as literals of a dialect. A literal has the value exactly
// and, where the dialect can say it, the type: CAST('1.50' AS DECIMAL(10, 2)),
// DATE '2020-01-01', X'00FF'. It always reads back as one literal, whatever the value:
// negative numbers stand in parentheses, text is escaped by the dialect's rules.
//
// What would change is refused with kNotImplemented ("writing a value as SQL: ..."):
// more digits of a second than the server keeps, dates outside of its range, NaN where
// there is none, types without a literal, text with a backslash where the server's
// reading of it is unknown; text that is not UTF-8 or holds NUL with kInvalidArgument.
//
// A timestamp with a zone is written as its instant in UTC. UUIDs (arrow.uuid) are text
// where the server has no such type. Extension types are written as their storage.
// Field names of structs and the type of an empty list are lost where the dialect
// cannot say them.
//
// Immutable once made; the dialect outlives it, the schema need not.
class LiteralRenderer {
 public:
  // Throws kInvalidArgument for an illegal schema.
  LiteralRenderer(const SqlDialect& dialect, const ArrowSchema& schema,
                  InstantWriter instants = {});
  LiteralRenderer(LiteralRenderer&&) noexcept;
  LiteralRenderer& operator=(LiteralRenderer&&) noexcept;
  ~LiteralRenderer();

  // array: of that schema, with a valid array set (ArrowArrayViewSetArray and
  // ArrowArrayViewValidate at the default level); 0 <= row < array.length.
  void append(std::string& sql, const ArrowArrayView& array, int64_t row) const;

  struct Field;  // private: what is known of a field before its values

 private:
  const SqlDialect* dialect_;
  std::unique_ptr<const Field> field_;
  InstantWriter instants_;
};

// One literal.
[[nodiscard]] std::string render_literal(const SqlDialect& dialect,
                                         const ArrowSchema& schema,
                                         const ArrowArrayView& array, int64_t row);

// A string as the dialect's literal; refuses as above.
void append_text_literal(std::string& sql, std::string_view text,
                         const SqlDialect& dialect);

// Writes rows of parameters into a text, one text for each row: what bind=client does.
// Immutable once made.
class ParameterRenderer {
 public:
  // parameters: a struct of one field for each value, matched by name in the styles
  // that have names, else by position. Throws like find_parameters(), match_names() and
  // match_positions(). The dialect outlives it.
  ParameterRenderer(std::string_view sql, ParameterStyle style,
                    const SqlDialect& dialect, const ArrowSchema& parameters,
                    const InstantWriter& instants = {});

  // rows: a struct array of that schema. Throws like LiteralRenderer::append(), with
  // the parameter's name or number before the message.
  [[nodiscard]] std::string render(const ArrowArrayView& rows, int64_t row) const;

 private:
  [[nodiscard]] std::string label(size_t value) const;

  std::string sql_;
  SqlTemplate found_;
  std::vector<size_t> columns_;  // of each of the template's values
  std::vector<LiteralRenderer> renderers_;
};

[[nodiscard]] std::string render_parameters(std::string_view sql, ParameterStyle style,
                                            const SqlDialect& dialect,
                                            const ArrowSchema& parameters,
                                            const ArrowArrayView& rows,
                                            int64_t row = 0);

}  // namespace fletching
