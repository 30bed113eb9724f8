// SPDX-License-Identifier: Apache-2.0
// One batch of a result, which can be handed out any number of times.
#pragma once

#include <nanobind/nanobind.h>

#include "arrow/row_slices.h"

namespace fletching::python {

struct ReadBatch {
  SharedRows rows;
  nanobind::object schema;  // a capsule

  // The rows once more, which share their memory.
  [[nodiscard]] UniqueArray share() const {
    return slice_rows(rows, 0, (*rows)->length);
  }
};

}  // namespace fletching::python
