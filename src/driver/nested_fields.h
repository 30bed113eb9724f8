// SPDX-License-Identifier: Apache-2.0
// The nested results that ADBC defines: fields of structs as tables of data, and steps
// of building one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arrow/owned.h"
#include "driver/metadata_cells.h"

namespace fletching::nested {

struct FieldSpec {
  const char* name;
  ArrowType type;
  bool required = false;
};

template <size_t N>
void set_struct(ArrowSchema* out, const std::array<FieldSpec, N>& fields) {
  check_built(ArrowSchemaSetTypeStruct(out, static_cast<int64_t>(N)));
  for (size_t i = 0; i < N; ++i) {
    check_built(ArrowSchemaSetType(out->children[i], fields[i].type));
    check_built(ArrowSchemaSetName(out->children[i], fields[i].name));
    if (fields[i].required) out->children[i]->flags = 0;
  }
}

// Of the list that stands at this place of a struct.
inline ArrowSchema* items(ArrowSchema* parent, int64_t list) {
  return parent->children[list]->children[0];
}
inline ArrowArray* items(ArrowArray* parent, int64_t list) {
  return parent->children[list]->children[0];
}

inline void append_null(ArrowArray* out) { check_built(ArrowArrayAppendNull(out, 1)); }
inline void append_number(ArrowArray* out, int64_t number) {
  check_built(ArrowArrayAppendInt(out, number));
}
inline void append_optional(ArrowArray* out, const std::optional<std::string>& text) {
  if (text) return append_text(out, std::string_view(*text));
  append_null(out);
}
template <class Number>
void append_optional(ArrowArray* out, const std::optional<Number>& number) {
  if (number) return append_number(out, *number);
  append_null(out);
}
// Ends an element of a list or a struct.
inline void finish(ArrowArray* out) { check_built(ArrowArrayFinishElement(out)); }

// What `fill` appends to an array of this type.
template <class Fill>
[[nodiscard]] UniqueArray build(const ArrowSchema& schema, const Fill& fill) {
  UniqueArray out;
  check_built(ArrowArrayInitFromSchema(out.get(), &schema, nullptr));
  check_built(ArrowArrayStartAppending(out.get()));
  fill(out.get());
  check_built(ArrowArrayFinishBuildingDefault(out.get(), nullptr));
  return out;
}

}  // namespace fletching::nested
