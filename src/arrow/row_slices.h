// SPDX-License-Identifier: Apache-2.0
// Rows of parameters as streams: selected, cut and handed out again without a copy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/result_stream.h"

namespace fletching {

// A batch that several streams may read; never written to.
using SharedRows = std::shared_ptr<const UniqueArray>;

// Rows [start, start + count) of a struct array, in its columns' offsets; keeps `rows`
// until the last part of it is released.
[[nodiscard]] UniqueArray slice_rows(const SharedRows& rows, int64_t start,
                                     int64_t count);

// The same of a batch that outlives the slice and keeps the ownership.
[[nodiscard]] ArrowArray borrow_rows(const ArrowArray& rows, int64_t start,
                                     int64_t count) noexcept;

// A stream of one batch. The schema is copied.
[[nodiscard]] std::unique_ptr<ResultStream> one_batch(const ArrowSchema& schema,
                                                      UniqueArray rows);

// These columns of `rows`, in this order and by these names (an empty one stays as it
// is). `schema` is that of `rows`.
[[nodiscard]] std::unique_ptr<ResultStream> select_columns(
    std::unique_ptr<ResultStream> rows, const ArrowSchema& schema,
    std::vector<int64_t> columns, const std::vector<std::string>& names);

// The rows of parameters of one execution, looked at ahead as far as is needed to know
// whether there are none, one or more.
class ParameterRows {
 public:
  ParameterRows(std::unique_ptr<ResultStream> rows, const Wait& wait);

  // As many as were seen: exact where it is below 2, or complete().
  [[nodiscard]] int64_t seen() const noexcept { return seen_; }
  // All rows were seen, so stream() may be called again.
  [[nodiscard]] bool complete() const noexcept { return ended_; }
  // All rows from the first. Lives no longer than this.
  [[nodiscard]] std::unique_ptr<ResultStream> stream(const Wait& wait);

 private:
  std::unique_ptr<ResultStream> rows_;
  std::vector<SharedRows> head_;
  int64_t seen_ = 0;
  bool ended_ = false;
};

// Reads them row by row.
class RowCursor {
 public:
  RowCursor(ParameterRows& rows, const Wait& wait);  // which outlive this

  [[nodiscard]] const ArrowSchema& schema(const Wait& wait) {
    return rows_->schema(wait);
  }
  // Moves to the next row; false at the end.
  [[nodiscard]] bool next(const Wait& wait);
  // The batch of the present row, and its place there.
  [[nodiscard]] const ArrowArray& batch() const noexcept { return *batch_->get(); }
  [[nodiscard]] int64_t place() const noexcept { return at_; }
  // A stream of the present row alone.
  [[nodiscard]] std::unique_ptr<ResultStream> row(const Wait& wait);
  // How many rows were passed, with the present one.
  [[nodiscard]] int64_t count() const noexcept { return count_; }

 private:
  std::unique_ptr<ResultStream> rows_;
  SharedRows batch_;
  int64_t at_ = -1;
  int64_t count_ = 0;
};

}  // namespace fletching
