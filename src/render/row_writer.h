// SPDX-License-Identifier: Apache-2.0
// Results as text (or bytes) while they stream by: a table or a record a row for
// people, CSV, JSON lines or Arrow IPC for programs, all in bounded memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "arrow/owned.h"

namespace fletching::render {

enum class Format { kTable, kExpanded, kCsv, kJsonLines, kArrow };

// The format of a name that users write: table, expanded, csv, jsonl, arrow.
[[nodiscard]] std::optional<Format> format_named(std::string_view name);

struct RowWriterOptions {
  Format format = Format::kTable;
  bool full_cells = false;  // table: never shorten a cell
  bool types = true;        // table: a line with the columns' types
};

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void batch(const ArrowArray& rows) = 0;
  virtual void finish() = 0;  // writes what is held back
  virtual void release() {}   // the same, and more rows may follow
  [[nodiscard]] int64_t rows() const { return rows_; }

 protected:
  int64_t rows_ = 0;
};

// Takes what is written; what it throws ends the writing.
using Sink = std::function<void(std::string_view)>;

[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(
    const ArrowSchema& schema, const RowWriterOptions& options, Sink sink);

}  // namespace fletching::render
