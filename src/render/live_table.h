// SPDX-License-Identifier: Apache-2.0
// The table that a result's changes describe, as text at any moment.
#pragma once

#include "flink/changelog.h"
#include "render/row_writer.h"

namespace fletching::render {

// The most that the table may have; 0: no limit.
struct LiveLimits {
  int64_t max_rows = 0;
  int64_t max_bytes = 0;  // about, of its rows
};

// One thread at a time.
class LiveTable {
 public:
  // schema: the column `op` (+I, -U, +U, -D) in front of the others. Throws
  // kInvalidArgument where it is not.
  explicit LiveTable(const ArrowSchema& schema, LiveLimits limits = {});

  // One batch of the result, which is taken apart. Throws kInvalidState at a change
  // that would pass a limit; those before it are applied.
  void apply(UniqueArray& rows);
  // Writes at most `most` rows, 0: all; the number of those that were left out.
  int64_t write(const RowWriterOptions& options, Sink sink, int64_t most);

  [[nodiscard]] int64_t size() const noexcept { return table_.size(); }
  [[nodiscard]] int64_t events() const noexcept { return table_.events(); }
  // Changes when the rows do.
  [[nodiscard]] uint64_t version() const noexcept { return table_.version(); }

 private:
  UniqueSchema schema_;
  flink::Changelog table_;
};

}  // namespace fletching::render
