// SPDX-License-Identifier: Apache-2.0
// Prints results as they stream by: a table for people, CSV, JSON lines or Arrow IPC
// for programs, all in bounded memory.
#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
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
  virtual void release() {}   // the same, and more rows may follow
  [[nodiscard]] int64_t rows() const { return rows_; }

 protected:
  int64_t rows_ = 0;
};

// The output cannot be written, to a full disk say.
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Whoever read the output has closed it, as `head` does when it has enough.
struct OutputClosed {};

// Writes to `out`; throws what write_all() throws.
[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(
    const ArrowSchema& schema, const RowWriterOptions& options, std::FILE* out);

// For the writers: all of text, or OutputError, OutputClosed; Interrupted where a
// signal came while nobody read.
void write_all(std::FILE* out, std::string_view text);
// What is buffered, in the same way.
void flush_all(std::FILE* out);

}  // namespace fletching::cli
