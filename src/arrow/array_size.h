// SPDX-License-Identifier: Apache-2.0
// About how many bytes an array's rows take.
#pragma once

#include <cstdint>

#include "arrow/ipc_layout.h"

namespace fletching {

// Of the rows [start, start + length), counted without the array's own offset: their
// values, offsets, text and validity, not padding nor what lies outside of a slice. The
// values of a dictionary count whole, every time. Cheap: only views are looked at one
// by one. The array is trusted as the C data interface says.
[[nodiscard]] int64_t size_of_rows(const FieldType& type, const ArrowArray& array,
                                   int64_t start, int64_t length);

// Of a whole struct array.
[[nodiscard]] inline int64_t size_of_rows(const FieldType& type,
                                          const ArrowArray& rows) {
  return size_of_rows(type, rows, 0, rows.length);
}

}  // namespace fletching
