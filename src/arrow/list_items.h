// SPDX-License-Identifier: Apache-2.0
// Lists of every layout, for readers that take any of them.
#pragma once

#include <nanoarrow/nanoarrow.h>

#include <cstdint>
#include <utility>

namespace fletching {

[[nodiscard]] inline bool is_list(ArrowType type) noexcept {
  switch (type) {
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_LIST_VIEW:
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return true;
    default:
      return false;
  }
}

// Where a row's items begin and end in the only child of a list or map whose offsets
// were validated; `row` counts from the array's own offset, the answer does not count
// the child's.
[[nodiscard]] inline std::pair<int64_t, int64_t> list_items(const ArrowArrayView& view,
                                                            int64_t row) noexcept {
  const int64_t at = view.offset + row;
  switch (view.storage_type) {
    case NANOARROW_TYPE_LIST_VIEW: {
      const int64_t start = view.buffer_views[1].data.as_int32[at];
      return {start, start + view.buffer_views[2].data.as_int32[at]};
    }
    case NANOARROW_TYPE_LARGE_LIST_VIEW: {
      const int64_t start = view.buffer_views[1].data.as_int64[at];
      return {start, start + view.buffer_views[2].data.as_int64[at]};
    }
    case NANOARROW_TYPE_FIXED_SIZE_LIST: {
      const int64_t size = view.layout.child_size_elements;
      return {at * size, (at + 1) * size};
    }
    default:  // lists and maps
      return {ArrowArrayViewListChildOffset(&view, at),
              ArrowArrayViewListChildOffset(&view, at + 1)};
  }
}

}  // namespace fletching
