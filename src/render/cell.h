// SPDX-License-Identifier: Apache-2.0
// Values of Arrow columns as text: exact, and the same on every machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/owned.h"

namespace fletching::render {

enum class CellStyle {
  kText,  // for people and CSV: strings as they are, binary as \x00ff
  kJson,  // one JSON value; decimals and binary as strings, integers with all digits
};

// One column: made from its schema once, pointed at one array after the other.
class CellWriter {
 public:
  explicit CellWriter(const ArrowSchema& schema);
  ~CellWriter();
  CellWriter(CellWriter&&) noexcept;

  // The array must outlive its use here. Throws kInvalidData if it does not fit.
  void set_array(const ArrowArray& array);
  [[nodiscard]] bool is_null(int64_t row) const;
  void append(std::string& out, int64_t row, CellStyle style) const;

  // Numbers stand at the right of a table's column.
  [[nodiscard]] bool is_number() const;

 private:
  struct Column;
  std::unique_ptr<Column> column_;
};

// "int64", "timestamp[us, UTC]", "decimal(15, 2)", "list<utf8>" ...
[[nodiscard]] std::string type_name(const ArrowSchema& schema);

// text as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace fletching::render
