// SPDX-License-Identifier: Apache-2.0
#include "arrow/array_append.h"

#include "fletching/error.h"

namespace fletching {
class GrowingArray::Node {};
GrowingArray::GrowingArray(const FieldType&) {}
GrowingArray::~GrowingArray() = default;
void GrowingArray::append(const Dictionary&) {
  throw Error(Code::kNotImplemented, "decoding Arrow data: delta dictionaries");
}
std::shared_ptr<const Dictionary> GrowingArray::snapshot() const { return nullptr; }
}  // namespace fletching
