// SPDX-License-Identifier: Apache-2.0
// A decoded array before it goes out: plain pointers into bodies that somebody else
// keeps.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/ipc_layout.h"
#include "arrow/owned.h"
#include "base/body.h"

namespace fletching {

struct Dictionary;

struct ArrayData {
  int64_t length = 0;
  int64_t null_count = 0;
  // The buffers of the C data interface in order, without a view type's data buffers;
  // validity may be null, nothing else.
  std::array<const uint8_t*, 3> buffers{};
  uint8_t n_buffers = 0;
  bool is_view = false;
  std::vector<std::span<const uint8_t>> view_data;
  std::vector<ArrayData> children;
  std::shared_ptr<const Dictionary> dictionary;

  template <class T>
  [[nodiscard]] const T* values(size_t buffer) const {
    return reinterpret_cast<const T*>(buffers[buffer]);
  }
};

// Values that dictionary-encoded arrays share, with the memory they live in.
struct Dictionary {
  ArrayData data;
  std::vector<Body> bodies;
  std::vector<std::shared_ptr<const Dictionary>> inside;  // more of what data points to
};

// 64 zero bytes, 64-aligned, for ever: what empty buffers point to, because consumers
// read an empty array's first offset.
[[nodiscard]] const uint8_t* zero_block() noexcept;

// An array of no rows.
[[nodiscard]] ArrayData empty_data(const FieldType& type);

// Makes the array for a consumer: one allocation for the whole tree, which keeps
// `bodies` and the dictionaries until the last part of the tree is released (a consumer
// may move children out, and release each on another thread).
[[nodiscard]] UniqueArray export_array(const ArrayData& data, std::vector<Body> bodies);

}  // namespace fletching
