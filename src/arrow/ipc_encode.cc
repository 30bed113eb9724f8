// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_encode.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "arrow/array_data.h"
#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

// Where buffers begin in the body: readers want 8, and whole cache lines cost little.
constexpr int64_t kAlign = 64;
constexpr int32_t kLongestInline = 12;

template <class T>
const T* buffer_of(const ArrowArray& array, size_t i) {
  return static_cast<const T*>(array.buffers[i]);
}

std::span<const uint8_t> bytes_at(const void* buffer, int64_t offset, int64_t size) {
  if (size == 0) return {};
  return {static_cast<const uint8_t*>(buffer) + offset, static_cast<size_t>(size)};
}

struct View {
  int32_t size;
  uint8_t prefix[4];
  int32_t buffer;
  int32_t offset;
};

bool is_valid(const ArrowArray& array, int64_t at) {
  const auto* validity = buffer_of<uint8_t>(array, 0);
  return validity == nullptr || bit_at(validity, at);
}

}  // namespace

uint8_t* ArrayEncoder::own(size_t size) {
  out_.owned.push_back(std::make_unique<uint8_t[]>(size));
  return out_.owned.back().get();
}

void ArrayEncoder::part(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  out_.body.push_back(bytes);
  out_.body_size += static_cast<int64_t>(bytes.size());
}

void ArrayEncoder::buffer(std::span<const uint8_t> bytes) {
  const int64_t start = out_.body_size;
  if (compression_ != IpcCompression::kNone && !bytes.empty()) {
    const std::vector<uint8_t> frame = compressor_.run(compression_, bytes);
    const int64_t claimed = frame.empty() ? -1 : static_cast<int64_t>(bytes.size());
    uint8_t* prefix = own(8 + frame.size());
    std::memcpy(prefix, &claimed, 8);
    if (!frame.empty()) std::memcpy(prefix + 8, frame.data(), frame.size());
    part({prefix, 8 + frame.size()});
    if (frame.empty()) part(bytes);
  } else {
    part(bytes);
  }
  parts_.buffers.push_back({start, out_.body_size - start});
  const int64_t padding = (kAlign - out_.body_size % kAlign) % kAlign;
  part({zero_block(), static_cast<size_t>(padding)});
}

void ArrayEncoder::add(const FieldType& type, const ArrowArray& array, int64_t start,
                       int64_t length) {
  const int64_t at = array.offset + start;
  parts_.nodes.push_back({length, 0});
  const size_t node = parts_.nodes.size() - 1;
  if (type.layout == Layout::kNull) parts_.nodes[node].second = length;
  if (type.has_validity()) {
    const auto* bits = buffer_of<uint8_t>(array, 0);
    const bool may_have = bits != nullptr && array.null_count != 0 && length > 0;
    if (may_have) {
      int64_t nulls = 0;
      for (int64_t i = at; i < at + length; ++i) nulls += bit_at(bits, i) ? 0 : 1;
      parts_.nodes[node].second = nulls;
    }
    if (parts_.nodes[node].second != 0) {
      this->bits(bits, at, length);
    } else {
      buffer({});
    }
  }
  storage(type, array, at, length);
}

void ArrayEncoder::bits(const uint8_t* from, int64_t at, int64_t length) {
  const int64_t size = (length + 7) / 8;
  if (at % 8 == 0) return buffer(bytes_at(from, at / 8, size));
  uint8_t* shifted = own(static_cast<size_t>(size));
  for (int64_t i = 0; i < length; ++i) {
    if (bit_at(from, at + i)) {
      shifted[i / 8] = static_cast<uint8_t>(shifted[i / 8] | (1 << (i % 8)));
    }
  }
  buffer({shifted, static_cast<size_t>(size)});
}

void ArrayEncoder::storage(const FieldType& type, const ArrowArray& array, int64_t at,
                           int64_t length) {
  switch (type.layout) {
    case Layout::kNull:
      return;
    case Layout::kBool:
      return bits(buffer_of<uint8_t>(array, 1), at, length);
    case Layout::kFixed:
      return buffer(bytes_at(array.buffers[1], at * type.width, length * type.width));
    case Layout::kBinary:
      return binary<int32_t>(array, at, length);
    case Layout::kLargeBinary:
      return binary<int64_t>(array, at, length);
    case Layout::kView:
      return views(array, at, length);
    case Layout::kList:
      return list<int32_t>(type, array, at, length);
    case Layout::kLargeList:
      return list<int64_t>(type, array, at, length);
    case Layout::kListView:
      return list_view<int32_t>(type, array, at, length);
    case Layout::kLargeListView:
      return list_view<int64_t>(type, array, at, length);
    case Layout::kFixedList:
      return add(type.children[0], *array.children[0], at * type.width,
                 length * type.width);
    case Layout::kSparseUnion:
      buffer(bytes_at(array.buffers[0], at, length));
      [[fallthrough]];
    case Layout::kStruct:
      for (size_t i = 0; i < type.children.size(); ++i) {
        add(type.children[i], *array.children[i], at, length);
      }
      return;
    case Layout::kDenseUnion:
      return dense_union(type, array, at, length);
    case Layout::kRunEnd:
      if (type.children[0].width == 2)
        return run_ends<int16_t>(type, array, at, length);
      if (type.children[0].width == 4)
        return run_ends<int32_t>(type, array, at, length);
      return run_ends<int64_t>(type, array, at, length);
  }
}

template <class T>
void ArrayEncoder::rebased(const T* offsets, int64_t count, T base) {
  const int64_t size = count * static_cast<int64_t>(sizeof(T));
  if (base == 0) return buffer(bytes_at(offsets, 0, size));
  auto* moved = reinterpret_cast<T*>(own(static_cast<size_t>(size)));
  for (int64_t i = 0; i < count; ++i) moved[i] = static_cast<T>(offsets[i] - base);
  buffer({reinterpret_cast<uint8_t*>(moved), static_cast<size_t>(size)});
}

template <class T>
void ArrayEncoder::binary(const ArrowArray& array, int64_t at, int64_t length) {
  if (length == 0) {  // one offset even so: older readers want it
    buffer({zero_block(), sizeof(T)});
    return buffer({});
  }
  const T* offsets = buffer_of<T>(array, 1) + at;
  rebased(offsets, length + 1, offsets[0]);
  buffer(bytes_at(array.buffers[2], offsets[0], offsets[length] - offsets[0]));
}

template <class T>
void ArrayEncoder::list(const FieldType& type, const ArrowArray& array, int64_t at,
                        int64_t length) {
  if (length == 0) {
    buffer({zero_block(), sizeof(T)});
    return add(type.children[0], *array.children[0], 0, 0);
  }
  const T* offsets = buffer_of<T>(array, 1) + at;
  rebased(offsets, length + 1, offsets[0]);
  add(type.children[0], *array.children[0], offsets[0], offsets[length] - offsets[0]);
}

template <class T>
void ArrayEncoder::list_view(const FieldType& type, const ArrowArray& array, int64_t at,
                             int64_t length) {
  const T* offsets = buffer_of<T>(array, 1) + at;
  const T* sizes = buffer_of<T>(array, 2) + at;
  T first = std::numeric_limits<T>::max();
  T end = 0;
  for (int64_t i = 0; i < length; ++i) {
    first = std::min(first, offsets[i]);
    end = std::max(end, static_cast<T>(offsets[i] + sizes[i]));
  }
  if (length == 0) first = 0;
  rebased(offsets, length, first);
  buffer(bytes_at(sizes, 0, length * static_cast<int64_t>(sizeof(T))));
  add(type.children[0], *array.children[0], first, end - first);
}

// All data buffers go along, unless most of their bytes belong to rows outside of the
// slice.
void ArrayEncoder::views(const ArrowArray& array, int64_t at, int64_t length) {
  const auto* views = buffer_of<View>(array, 1) + at;
  const int64_t n_data = array.n_buffers - 3;
  const auto* sizes =
      buffer_of<int64_t>(array, static_cast<size_t>(array.n_buffers - 1));
  int64_t all = 0;
  for (int64_t i = 0; i < n_data; ++i) all += sizes[i];
  int64_t used = 0;
  for (int64_t i = 0; i < length; ++i) {
    if (views[i].size > kLongestInline && is_valid(array, at + i))
      used += views[i].size;
  }
  if (all > 2 * used + 4096) return gathered_views(array, at, length);
  buffer(bytes_at(views, 0, length * 16));
  for (int64_t i = 0; i < n_data; ++i) {
    buffer(bytes_at(array.buffers[2 + i], 0, sizes[i]));
  }
  parts_.variadic_counts.push_back(n_data);
}

void ArrayEncoder::gathered_views(const ArrowArray& array, int64_t at, int64_t length) {
  const auto* views = buffer_of<View>(array, 1) + at;
  auto* moved =
      reinterpret_cast<View*>(own(static_cast<size_t>(length) * sizeof(View)));
  std::vector<std::vector<uint8_t>> data;
  for (int64_t i = 0; i < length; ++i) {
    if (!is_valid(array, at + i)) continue;  // stays all zero: an empty string
    moved[i] = views[i];
    if (views[i].size <= kLongestInline) continue;
    const auto size = static_cast<size_t>(views[i].size);
    constexpr size_t kMost = std::numeric_limits<int32_t>::max();
    if (data.empty() || data.back().size() > kMost - size) data.emplace_back();
    moved[i].buffer = static_cast<int32_t>(data.size() - 1);
    moved[i].offset = static_cast<int32_t>(data.back().size());
    const auto* from =
        buffer_of<uint8_t>(array, static_cast<size_t>(2 + views[i].buffer));
    data.back().insert(data.back().end(), from + views[i].offset,
                       from + views[i].offset + views[i].size);
  }
  buffer(bytes_at(moved, 0, length * 16));
  for (const auto& text : data) {
    uint8_t* copy = own(text.size());
    std::memcpy(copy, text.data(), text.size());
    buffer({copy, text.size()});
  }
  parts_.variadic_counts.push_back(static_cast<int64_t>(data.size()));
}

void ArrayEncoder::dense_union(const FieldType& type, const ArrowArray& array,
                               int64_t at, int64_t length) {
  const auto* ids = buffer_of<uint8_t>(array, 0) + at;
  const auto* offsets = buffer_of<int32_t>(array, 1) + at;
  const size_t n = type.children.size();
  std::vector<int32_t> first(n, std::numeric_limits<int32_t>::max());
  std::vector<int32_t> end(n, 0);
  for (int64_t i = 0; i < length; ++i) {
    const auto child = static_cast<size_t>(type.child_of_id[ids[i] & 127]);
    first[child] = std::min(first[child], offsets[i]);
    end[child] = std::max(end[child], offsets[i] + 1);
  }
  buffer(bytes_at(ids, 0, length));
  auto* moved = reinterpret_cast<int32_t*>(own(static_cast<size_t>(length) * 4));
  for (int64_t i = 0; i < length; ++i) {
    moved[i] = offsets[i] - first[static_cast<size_t>(type.child_of_id[ids[i] & 127])];
  }
  buffer(bytes_at(moved, 0, length * 4));
  for (size_t i = 0; i < n; ++i) {
    const int32_t start = end[i] == 0 ? 0 : first[i];
    add(type.children[i], *array.children[i], start, end[i] - start);
  }
}

template <class T>
void ArrayEncoder::run_ends(const FieldType& type, const ArrowArray& array, int64_t at,
                            int64_t length) {
  const ArrowArray& ends = *array.children[0];
  const T* begin = buffer_of<T>(ends, 1) + ends.offset;
  const T* stop = begin + ends.length;
  // The runs that the rows [at, at + length) touch.
  const T* first =
      std::upper_bound(begin, stop, at, [](int64_t row, T end) { return row < end; });
  const T* last = length == 0 ? first : std::lower_bound(first, stop, at + length) + 1;
  const int64_t count = last - first;
  auto* moved = reinterpret_cast<T*>(own(static_cast<size_t>(count) * sizeof(T)));
  for (int64_t i = 0; i < count; ++i) {
    moved[i] = static_cast<T>(std::min<int64_t>(first[i] - at, length));
  }
  parts_.nodes.push_back({count, 0});
  buffer({});
  buffer(bytes_at(moved, 0, count * static_cast<int64_t>(sizeof(T))));
  add(type.children[1], *array.children[1], first - begin, count);
}

}  // namespace fletching
