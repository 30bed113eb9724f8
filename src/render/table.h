// SPDX-License-Identifier: Apache-2.0
// Aligned text tables. Cells are measured in terminal columns; control characters,
// which a server could use to play tricks on a terminal, are shown as escapes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fletching::render {

class Table {
 public:
  struct Column {
    std::string name;
    std::string type;    // a second header line; empty: none
    bool right = false;  // numbers
  };

  // most: the widest a cell may be before it is shortened with "..."; 0: no limit.
  Table(std::vector<Column> columns, size_t most);

  // Takes a row of cells. The first rows are held back to learn the widths.
  void add(std::vector<std::string> cells);
  // Text that can be printed now (may be empty).
  [[nodiscard]] std::string take();
  // Those that are held back too: the widths are what they are by then.
  [[nodiscard]] std::string release();
  // The rest, with the header if no row ever came.
  [[nodiscard]] std::string finish();

 private:
  void settle();
  void append_row(const std::vector<std::string>& cells);
  void append_cell(std::string_view text, size_t width, bool right, bool last);

  std::vector<Column> columns_;
  size_t most_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> held_;
  bool settled_ = false;
  std::string out_;
};

// Terminal columns that text takes; and text with control characters escaped.
[[nodiscard]] size_t display_width(std::string_view text);
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace fletching::render
