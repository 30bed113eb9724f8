// SPDX-License-Identifier: Apache-2.0
// What the codec needs to know of a type: which buffers it has and how they are
// checked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arrow/owned.h"

namespace fletching {

enum class Layout : uint8_t {
  kNull,           // no buffer
  kBool,           // validity, bits
  kFixed,          // validity, values of `width` bytes
  kBinary,         // validity, int32 offsets, data
  kLargeBinary,    // validity, int64 offsets, data
  kView,           // validity, views, any number of data buffers
  kList,           // validity, int32 offsets; maps too
  kLargeList,      // validity, int64 offsets
  kListView,       // validity, int32 offsets, int32 sizes
  kLargeListView,  // validity, int64 offsets, int64 sizes
  kFixedList,      // validity; `width` items each
  kStruct,         // validity
  kSparseUnion,    // type ids
  kDenseUnion,     // type ids, int32 offsets
  kRunEnd,         // no buffer; children run ends and values
};

struct FieldType {
  Layout layout = Layout::kNull;
  bool utf8 = false;       // of kBinary, kLargeBinary and kView
  bool is_signed = false;  // of kFixed integers
  int32_t width = 0;
  int32_t alignment = 1;  // what consumers need of the values' address
  std::string name;       // for messages
  std::vector<FieldType> children;
  std::array<int8_t, 128> child_of_id{};  // of unions: -1 where no child has the id

  // A dictionary-encoded field is its indices (kFixed) with `values` beside them.
  int64_t dictionary_id = -1;
  std::unique_ptr<FieldType> values;

  [[nodiscard]] bool has_validity() const {
    return layout != Layout::kNull && layout != Layout::kSparseUnion &&
           layout != Layout::kDenseUnion && layout != Layout::kRunEnd;
  }
};

// Where in a schema something is, for messages; lives on the stack of a walk.
struct FieldPath {
  const FieldPath* parent = nullptr;
  const FieldType* type = nullptr;
  // "a.b.item"; "the batch" for the root.
  [[nodiscard]] std::string text() const;
};

// kInvalidData "decoding Arrow data: column a.b: what".
[[noreturn]] void bad_data(const FieldPath& path, const std::string& what);

// Binary of width 0: legal, but nanoarrow's ArrowSchemaView refuses it.
[[nodiscard]] bool is_empty_binary(const ArrowSchema& schema);

// The types of a schema's fields as children of a struct. dictionary_ids: those of the
// dictionary-encoded fields in the order of a walk that visits a field before what is
// inside of it; when empty they are numbered 0, 1, 2 ... in that order.
// Throws kInvalidArgument where the schema is not a legal one, or deeper than
// max_depth.
[[nodiscard]] FieldType compile_type(const ArrowSchema& schema,
                                     std::span<const int64_t> dictionary_ids = {},
                                     int max_depth = 64);

}  // namespace fletching
