// SPDX-License-Identifier: Apache-2.0
#include "arrow/array_size.h"

namespace fletching {
namespace {

constexpr int32_t kLongestInline = 12;

template <class T>
int64_t offset_at(const ArrowArray& array, int64_t at) {
  return static_cast<const T*>(array.buffers[1])[at];
}

template <class T>
int64_t binary(const ArrowArray& array, int64_t at, int64_t length) {
  if (length == 0) return 0;
  const int64_t text = offset_at<T>(array, at + length) - offset_at<T>(array, at);
  return length * static_cast<int64_t>(sizeof(T)) + text;
}

template <class T>
int64_t list(const FieldType& type, const ArrowArray& array, int64_t at,
             int64_t length) {
  if (length == 0) return 0;
  const int64_t first = offset_at<T>(array, at);
  return length * static_cast<int64_t>(sizeof(T)) +
         size_of_rows(type.children[0], *array.children[0], first,
                      offset_at<T>(array, at + length) - first);
}

int64_t views(const ArrowArray& array, int64_t at, int64_t length) {
  const auto* sizes = static_cast<const int32_t*>(array.buffers[1]) + 4 * at;
  int64_t total = 16 * length;
  for (int64_t i = 0; i < length; ++i) {
    if (sizes[4 * i] > kLongestInline) total += sizes[4 * i];
  }
  return total;
}

int64_t all_children(const FieldType& type, const ArrowArray& array) {
  int64_t total = 0;
  for (size_t i = 0; i < type.children.size(); ++i) {
    total += size_of_rows(type.children[i], *array.children[i]);
  }
  return total;
}

int64_t children(const FieldType& type, const ArrowArray& array, int64_t at,
                 int64_t length) {
  int64_t total = 0;
  for (size_t i = 0; i < type.children.size(); ++i) {
    total += size_of_rows(type.children[i], *array.children[i], at, length);
  }
  return total;
}

int64_t storage(const FieldType& type, const ArrowArray& array, int64_t at,
                int64_t length) {
  switch (type.layout) {
    case Layout::kNull:
      return 0;
    case Layout::kBool:
      return (length + 7) / 8;
    case Layout::kFixed:
      return length * type.width;
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
    case Layout::kFixedList:
      return children(type, array, at * type.width, length * type.width);
    case Layout::kStruct:
      return children(type, array, at, length);
    case Layout::kSparseUnion:
      return length + children(type, array, at, length);
    // Their rows may be anywhere in the children.
    case Layout::kListView:
    case Layout::kDenseUnion:
      return 8 * length + all_children(type, array);
    case Layout::kLargeListView:
      return 16 * length + all_children(type, array);
    case Layout::kRunEnd:
      return all_children(type, array);
  }
  return 0;
}

}  // namespace

int64_t size_of_rows(const FieldType& type, const ArrowArray& array, int64_t start,
                     int64_t length) {
  int64_t total = storage(type, array, array.offset + start, length);
  if (type.has_validity() && array.buffers[0] != nullptr) total += (length + 7) / 8;
  if (type.values != nullptr) total += size_of_rows(*type.values, *array.dictionary);
  return total;
}

}  // namespace fletching
