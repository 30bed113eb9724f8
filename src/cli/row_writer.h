// SPDX-License-Identifier: Apache-2.0
// Prints results as they stream by: a table for people, CSV, JSON lines or Arrow IPC
// for programs, all in bounded memory.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "arrow/owned.h"

namespace fletching::cli {

enum class Format { kTable, kCsv, kJsonLines, kArrow };

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
  [[nodiscard]] int64_t rows() const { return rows_; }

 protected:
  int64_t rows_ = 0;
};

// Writes to `out`. A failure to write (a closed pipe, a full disk) is thrown as kIo.
[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(
    const ArrowSchema& schema, const RowWriterOptions& options, std::FILE* out);

// For the writers: all of text, or kIo.
void write_all(std::FILE* out, std::string_view text);

}  // namespace fletching::cli
