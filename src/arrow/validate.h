// SPDX-License-Identifier: Apache-2.0
// What values inside of buffers must fulfil before anybody may follow them. The sizes
// of the buffers were checked before. Written as loops that compilers vectorise: these
// run over every byte that arrives.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "arrow/array_data.h"
#include "arrow/ipc_layout.h"

namespace fletching {

[[nodiscard]] inline bool bit_at(const uint8_t* bits, int64_t i) {
  return ((bits[i / 8] >> (i % 8)) & 1) != 0;
}

// How many of the first `length` bits are zero.
[[nodiscard]] int64_t count_zeros(const uint8_t* bits, int64_t length) noexcept;

// Never negative and never falling: `count` of them, at least one.
template <class T>
[[nodiscard]] bool are_offsets(const T* offsets, int64_t count) noexcept {
  uint32_t falls = 0;
  for (int64_t i = 1; i < count; ++i) falls |= offsets[i] < offsets[i - 1] ? 1u : 0u;
  return falls == 0 && offsets[0] >= 0;
}

// Each part [offset, offset + size) is inside [0, limit).
template <class T>
[[nodiscard]] bool are_parts(const T* offsets, const T* sizes, int64_t count,
                             int64_t limit) noexcept {
  // As unsigned numbers: negative ones become too large, and nothing overflows.
  const auto end = static_cast<uint64_t>(limit);
  uint32_t bad = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto offset = static_cast<uint64_t>(int64_t{offsets[i]});
    const auto size = static_cast<uint64_t>(int64_t{sizes[i]});
    bad |= static_cast<uint32_t>(offset > end) |
           static_cast<uint32_t>(size > end - offset);
  }
  return bad == 0;
}

// Strictly rising from at least 1.
template <class T>
[[nodiscard]] bool are_run_ends(const T* ends, int64_t count) noexcept {
  uint32_t bad = count > 0 && ends[0] < 1 ? 1u : 0u;
  for (int64_t i = 1; i < count; ++i) bad |= ends[i] <= ends[i - 1] ? 1u : 0u;
  return bad == 0;
}

// Indices of a dictionary-encoded array are inside of `size` values, except under NULL.
void check_indices(const FieldType& type, const ArrayData& data, int64_t size,
                   const FieldPath& path);

void check_union(const FieldType& type, const ArrayData& data, const FieldPath& path);

void check_run_end_array(const FieldType& type, const ArrayData& data,
                         const FieldPath& path);

// Strings between offsets are UTF-8 each. What is under NULL may be anything by the
// format, but consumers look at all of it: where that alone is at fault the data buffer
// is copied into `bodies` and blanked there.
void check_text(const FieldType& type, ArrayData& data, std::vector<Body>& bodies,
                const FieldPath& path);

// Views are inside of their buffers, with the right prefix, and UTF-8 where they must
// be. Under NULL, and in the unused bytes of short ones, faults are repaired in a copy.
void check_views(const FieldType& type, ArrayData& data, std::vector<Body>& bodies,
                 const FieldPath& path);

}  // namespace fletching
