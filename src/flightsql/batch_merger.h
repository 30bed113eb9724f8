// SPDX-License-Identifier: Apache-2.0
// Several small batches as one.
#pragma once

#include <memory>
#include <span>

#include "arrow/ipc_layout.h"
#include "arrow/owned.h"

namespace fletching {

// Owns what its rows point to.
class MergedRows {
 public:
  struct Node;

  explicit MergedRows(std::unique_ptr<Node> root);
  ~MergedRows();
  MergedRows(MergedRows&&) noexcept;

  // A struct array that nobody has to release.
  [[nodiscard]] const ArrowArray& rows() const noexcept;

 private:
  std::unique_ptr<Node> root_;
};

class BatchMerger {
 public:
  // Null where batches of this schema cannot be merged cheaply: it has unions,
  // run-ends, list views or dictionaries.
  [[nodiscard]] static std::unique_ptr<BatchMerger> of(const ArrowSchema& schema);

  explicit BatchMerger(FieldType type) : type_(std::move(type)) {}

  // Struct arrays of the schema, trusted as the C data interface says, their sums
  // within what the types' offsets can say. Any slices.
  [[nodiscard]] MergedRows merge(std::span<const ArrowArray* const> parts) const;

 private:
  FieldType type_;
};

}  // namespace fletching
