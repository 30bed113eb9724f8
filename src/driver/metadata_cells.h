// SPDX-License-Identifier: Apache-2.0
// Values of a server's metadata columns, whatever types it chose for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arrow/owned.h"

namespace fletching {

// One column of one batch, valid as IpcReader's are; both outlive this. Text may be
// utf8, large, a view, binary or a dictionary of those; numbers have any width. Throws
// kInvalidData naming the column where a value cannot be what is asked for.
class CellReader {
 public:
  // rows: the batch; column: of its struct.
  CellReader(const ArrowSchema& schema, const ArrowArray& rows, int64_t column);

  [[nodiscard]] std::optional<std::string_view> text(int64_t row) const;
  [[nodiscard]] std::optional<std::string_view> bytes(int64_t row) const;
  [[nodiscard]] std::optional<int64_t> number(int64_t row) const;
  [[nodiscard]] std::optional<bool> boolean(int64_t row) const;
  // Appends to a list<utf8>; a single text is a list of one.
  void append_texts(int64_t row, bool required, ArrowArray* out) const;
  // Appends to SqlInfo's union, by the type of the value: a union's ids and names are
  // the server's own.
  void append_info(int64_t row, ArrowArray* out) const;

 private:
  struct Cell {
    const ArrowArrayView* view;  // null: NULL
    int64_t row;
  };
  [[nodiscard]] Cell cell(int64_t row) const;
  [[nodiscard]] Cell resolve(const ArrowArrayView* view, int64_t row) const;
  [[nodiscard]] std::string_view text_of(Cell cell) const;
  void append_items(Cell list, ArrowArray* out) const;
  void append_map(Cell map, ArrowArray* out) const;
  [[noreturn]] void refuse(Cell cell, const char* wanted) const;

  std::string name_;
  UniqueArrayView view_;
  int64_t offset_;
};

// Throws std::bad_alloc or kInternal.
void check_built(ArrowErrorCode code);
void append_text(ArrowArray* out, std::string_view text);
void append_text_or_null(ArrowArray* out, const std::optional<std::string_view>& text);

}  // namespace fletching
