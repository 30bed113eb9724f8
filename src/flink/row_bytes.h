// SPDX-License-Identifier: Apache-2.0
// Rows of Arrow data as bytes: equal bytes are equal rows, and rows become Arrow again.
// For the types that arrow_schema() makes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/owned.h"

namespace fletching::flink {

// The columns of `first` come first in the bytes, so that a key is a prefix. One thread
// at a time.
class RowBytes {
 public:
  // Throws kNotImplemented naming the column for a type that it does not know. The
  // schema outlives this.
  RowBytes(const ArrowSchema& schema, const std::vector<size_t>& first);
  ~RowBytes();
  RowBytes(RowBytes&&) noexcept;

  // The batch that encode() reads, of the schema. Throws kInvalidData for one that is
  // not.
  void bind(const ArrowArray& rows);
  // Appends a row of it; the size of the part of the `first` columns.
  size_t encode(int64_t row, std::string& out) const;

  // Rows collected into an array.
  void decode(std::string_view bytes);
  [[nodiscard]] UniqueArray finish();

  class Node;  // private

 private:
  const ArrowSchema& schema_;
  UniqueArrayView view_;
  std::vector<size_t> order_;  // of the columns in the bytes
  size_t first_;               // how many of them are the key
  std::vector<std::unique_ptr<Node>> columns_;
  int64_t length_ = 0;
};

}  // namespace fletching::flink
