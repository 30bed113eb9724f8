// SPDX-License-Identifier: Apache-2.0
// A statement's text with placeholders, and the rows that go into them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result_stream.h"
#include "backend/profile.h"
#include "backend/sql_dialect.h"
#include "backend/sql_literal.h"
#include "backend/sql_parameters.h"
#include "driver/prepared_cache.h"
#include "driver/row_cap.h"
#include "fletching/driver.h"

namespace fletching {

// What Statement::prepare() found out. Not copied: `sql` views `text`.
struct PreparedText {
  std::string text;  // as the user wrote it
  ParameterStyle style = ParameterStyle::kQmark;
  const SqlDialect* dialect = nullptr;
  SqlTemplate found;
  bool on_server = false;    // it binds; else literals are written here
  bool cannot_bind = false;  // the server said so when it was to bind
  // On the server:
  std::string sent;                  // with its own placeholders and the cap's LIMIT
  RowCap cap;                        // in `sent`
  int64_t max_rows = 0;              // the cap when it was prepared, in there or not
  std::vector<ParameterSlot> slots;  // its columns
  std::shared_ptr<PreparedLease> lease;  // also held by the rows of its last run
};

[[nodiscard]] const SqlDialect& dialect_of(const ServerProfile* profile) noexcept;

// Finds the placeholders of `text`, as the dialect reads it. Throws kInvalidArgument,
// SQLSTATE 07001.
[[nodiscard]] PreparedText find_placeholders(std::string_view text,
                                             ParameterStyle style,
                                             const SqlDialect& dialect);

// Fills in what the server gets. Throws as RewrittenSql does.
void rewrite_for_server(PreparedText& text);

// The server's field for a value of the template; null where it does not say.
[[nodiscard]] const ArrowSchema* expected_field(const PreparedText& text, size_t value);

// The rows with a column for each value of the template, by name or position. Throws
// kInvalidArgument, SQLSTATE 07001, naming what is missing or too much.
[[nodiscard]] std::unique_ptr<ResultStream> fit_to_values(
    std::unique_ptr<ResultStream>&& rows, const PreparedText& text, const Wait& wait);

// Such rows with a column for each slot of the server, by the names that it expects.
[[nodiscard]] std::unique_ptr<ResultStream> fit_to_slots(
    std::unique_ptr<ResultStream> rows, const PreparedText& text, const Wait& wait);

// The text with the values of a row in place of its placeholders. One thread at a time.
class LiteralText {
 public:
  // text.dialect and schema outlive this.
  LiteralText(const PreparedText& text, const ArrowSchema& schema,
              const InstantWriter& instants = {});
  // rows: a struct array of that schema.
  [[nodiscard]] std::string of(const ArrowArray& rows, int64_t row);

 private:
  const ArrowSchema& schema_;
  ParameterRenderer renderer_;
  UniqueArrayView view_;
  const ArrowArray* viewed_ = nullptr;
};

}  // namespace fletching
