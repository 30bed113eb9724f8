// SPDX-License-Identifier: Apache-2.0
// Families of storage types, for readers that take any member of one.
#pragma once

#include <nanoarrow/nanoarrow.h>

namespace fletching {

[[nodiscard]] inline bool is_integer(ArrowType type) noexcept {
  switch (type) {
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_UINT64:
      return true;
    default:
      return false;
  }
}

[[nodiscard]] inline bool is_text(ArrowType type) noexcept {
  return type == NANOARROW_TYPE_STRING || type == NANOARROW_TYPE_LARGE_STRING ||
         type == NANOARROW_TYPE_STRING_VIEW;
}

[[nodiscard]] inline bool is_binary(ArrowType type) noexcept {
  return type == NANOARROW_TYPE_BINARY || type == NANOARROW_TYPE_LARGE_BINARY ||
         type == NANOARROW_TYPE_BINARY_VIEW || type == NANOARROW_TYPE_FIXED_SIZE_BINARY;
}

}  // namespace fletching
