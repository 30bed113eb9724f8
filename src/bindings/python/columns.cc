// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/columns.h"

#include <string>
#include <string_view>
#include <vector>

#include "bindings/python/type_name.h"

namespace fletching::python {
namespace {

Ref text(std::string_view s) {
  return checked(
      PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "replace"));
}

Ref metadata_of(const ArrowSchema& field) {
  Ref dict = checked(PyDict_New());
  ArrowMetadataReader reader;
  if (field.metadata == nullptr ||
      ArrowMetadataReaderInit(&reader, field.metadata) != NANOARROW_OK) {
    return dict;
  }
  ArrowStringView key;
  ArrowStringView value;
  while (ArrowMetadataReaderRead(&reader, &key, &value) == NANOARROW_OK) {
    const Ref name = text({key.data, static_cast<size_t>(key.size_bytes)});
    const Ref said = text({value.data, static_cast<size_t>(value.size_bytes)});
    if (PyDict_SetItem(dict.get(), name.get(), said.get()) != 0) throw_python_error();
  }
  return dict;
}

std::vector<const ArrowSchema*> children_of(const ArrowSchema& field) {
  std::vector<const ArrowSchema*> out;
  if (field.dictionary != nullptr) {
    out.push_back(field.dictionary);
    return out;
  }
  const std::string_view format = field.format;
  const ArrowSchema* parent = &field;
  if (format == "+m" && field.n_children == 1) parent = field.children[0];
  for (int64_t i = format == "+r" ? 1 : 0; i < parent->n_children; ++i) {
    out.push_back(parent->children[i]);
  }
  return out;
}

Ref describe_column(const ArrowSchema& field) {
  const std::vector<const ArrowSchema*> children = children_of(field);
  Ref nested = checked(PyTuple_New(std::ssize(children)));
  for (size_t i = 0; i < children.size(); ++i) {
    PyTuple_SET_ITEM(nested.get(), static_cast<Py_ssize_t>(i),
                     describe_column(*children[i]).release());
  }
  Ref metadata = metadata_of(field);
  Ref name = text(field.name != nullptr ? field.name : "");
  Ref type = text(type_name(field));
  const bool nullable = (field.flags & ARROW_FLAG_NULLABLE) != 0;
  return checked(PyTuple_Pack(5, name.get(), type.get(), nullable ? Py_True : Py_False,
                              metadata.get(), nested.get()));
}

}  // namespace

PyObject* describe_columns(const ArrowSchema& schema) {
  Ref list = checked(PyList_New(schema.n_children));
  for (int64_t i = 0; i < schema.n_children; ++i) {
    PyList_SET_ITEM(list.get(), i, describe_column(*schema.children[i]).release());
  }
  return list.release();
}

}  // namespace fletching::python
