// SPDX-License-Identifier: Apache-2.0
// An array that grows at its end while what was seen of it before stays valid.
#pragma once

#include <memory>

#include "arrow/array_data.h"
#include "arrow/ipc_layout.h"

namespace fletching {

// Grows buffers in place while they have room, so that many small appends cost no more
// than their own sizes (validity and bool bits, which neighbours share, are copied each
// time). Snapshots may be read by other threads meanwhile: they never see bytes that a
// later append writes.
class GrowingArray {
 public:
  explicit GrowingArray(const FieldType& type);  // outlives this
  ~GrowingArray();

  // `values` has the type and was checked; nothing of it is kept but view data, with
  // its bodies. Throws kInvalidData where the sum is too long for the type's offsets.
  void append(const Dictionary& values);
  [[nodiscard]] std::shared_ptr<const Dictionary> snapshot() const;

 private:
  class Node;
  std::unique_ptr<Node> root_;
  bool has_views_;
  std::vector<Body> view_bodies_;
};

}  // namespace fletching
