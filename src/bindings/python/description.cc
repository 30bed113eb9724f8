// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/description.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "bindings/python/type_name.h"

namespace fletching::python {
namespace {

std::optional<int64_t> number_in(const ArrowSchema& field, const char* key) {
  ArrowStringView value{nullptr, 0};
  if (ArrowMetadataGetValue(field.metadata, ArrowCharView(key), &value) !=
          NANOARROW_OK ||
      value.data == nullptr) {
    return std::nullopt;
  }
  int64_t number = 0;
  const char* end = value.data + value.size_bytes;
  const auto parsed = std::from_chars(value.data, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::optional<int64_t> fixed_width(const ArrowSchemaView& view) {
  if (view.storage_type == NANOARROW_TYPE_FIXED_SIZE_BINARY) return view.fixed_size;
  if (view.layout.buffer_type[1] != NANOARROW_BUFFER_TYPE_DATA ||
      view.storage_type == NANOARROW_TYPE_STRING_VIEW ||
      view.storage_type == NANOARROW_TYPE_BINARY_VIEW ||
      view.type == NANOARROW_TYPE_DICTIONARY) {
    return std::nullopt;
  }
  const int64_t bits = view.layout.element_size_bits[1];
  if (bits == 0) return std::nullopt;
  return (bits + 7) / 8;
}

bool is_decimal(ArrowType type) {
  return type == NANOARROW_TYPE_DECIMAL32 || type == NANOARROW_TYPE_DECIMAL64 ||
         type == NANOARROW_TYPE_DECIMAL128 || type == NANOARROW_TYPE_DECIMAL256;
}

PyObject* text(std::string_view s) {
  return PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "replace");
}

PyObject* number_or_none(std::optional<int64_t> number) {
  return number ? PyLong_FromLongLong(*number) : new_reference(Py_None);
}

PyObject* describe_field(const ArrowSchema& field) {
  ArrowSchemaView view;
  std::optional<int64_t> width;
  std::optional<int64_t> precision;
  std::optional<int64_t> scale;
  if (ArrowSchemaViewInit(&view, &field, nullptr) == NANOARROW_OK) {
    width = fixed_width(view);
    if (is_decimal(view.type)) {
      precision = view.decimal_precision;
      scale = view.decimal_scale;
    }
  }
  if (!precision) precision = number_in(field, "ARROW:FLIGHT:SQL:PRECISION");
  if (!scale) scale = number_in(field, "ARROW:FLIGHT:SQL:SCALE");
  const bool nullable = (field.flags & ARROW_FLAG_NULLABLE) != 0;
  return Py_BuildValue("(NNONNNN)", text(field.name != nullptr ? field.name : ""),
                       text(type_name(field)), Py_None, number_or_none(width),
                       number_or_none(precision), number_or_none(scale),
                       PyBool_FromLong(nullable ? 1 : 0));
}

}  // namespace

PyObject* describe(const ArrowSchema& schema) {
  Ref list = checked(PyList_New(schema.n_children));
  for (int64_t i = 0; i < schema.n_children; ++i) {
    Ref field = checked(describe_field(*schema.children[i]));
    PyList_SET_ITEM(list.get(), i, field.release());
  }
  return list.release();
}

}  // namespace fletching::python
