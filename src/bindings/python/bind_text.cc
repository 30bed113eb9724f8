// SPDX-License-Identifier: Apache-2.0
// Functions without a connection: encoded schemas, SQL text.
#include <nanobind/stl/string.h>

#include <new>
#include <utility>

#include "backend/sql_dialect.h"
#include "bindings/python/bind.h"
#include "bindings/python/columns.h"
#include "bindings/python/gil.h"
#include "bindings/python/parameters.h"
#include "bindings/python/stream_capsule.h"
#include "driver/parameters.h"
#include "driver/table_schema.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;

const ArrowSchema& schema_in(nb::handle capsule) {
  auto* schema =
      static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_schema"));
  if (schema == nullptr) throw_python_error();
  if (schema->release == nullptr) {
    throw Error(Code::kInvalidState, "schema: its capsule was taken by a consumer");
  }
  return *schema;
}

nb::object copy_schema(nb::handle capsule) {
  UniqueSchema copy;
  if (ArrowSchemaDeepCopy(&schema_in(capsule), copy.get()) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  return nb::steal(schema_capsule(std::move(copy)).release());
}

const SqlDialect& dialect_named(const std::string& name) {
  const SqlDialect* found = find_dialect(name);
  if (found != nullptr) return *found;
  throw Error(Code::kInvalidArgument, "no SQL dialect is called " + name);
}

nb::object decode(const nb::bytes& encoded) {
  const std::string_view bytes(static_cast<const char*>(encoded.data()),
                               encoded.size());
  return nb::steal(schema_capsule(decode_table_schema(bytes, "(encoded)")).release());
}

void check_stream(int code, ArrowArrayStream* stream) {
  if (code == NANOARROW_OK) return;
  const char* message = stream->get_last_error(stream);
  throw Error(Code::kInvalidData, message != nullptr ? message : "literal: no value");
}

std::string literal(nb::handle value, const std::string& dialect) {
  Ref rows = checked(Py_BuildValue("[(O)]", value.ptr()));
  UniqueArrayStream stream = make_parameters(rows.get(), {""}, nullptr);
  const PreparedText text =
      find_placeholders("?", ParameterStyle::kQmark, dialect_named(dialect));
  UniqueSchema schema;
  check_stream(stream->get_schema(stream.get(), schema.get()), stream.get());
  UniqueArray array;
  check_stream(stream->get_next(stream.get(), array.get()), stream.get());
  return LiteralText(text, *schema.get()).of(*array.get(), 0);
}

}  // namespace

void bind_text(nb::module_& m) {
  m.def("decode_schema", &decode, nb::arg("encoded"));
  m.def("copy_schema", &copy_schema, nb::arg("capsule"));
  m.def(
      "describe_columns",
      [](nb::handle capsule) {
        return nb::steal(describe_columns(schema_in(capsule)));
      },
      nb::arg("capsule"));
  m.def("literal", &literal, nb::arg("value").none(), nb::arg("dialect"));
  m.def(
      "quote_identifier",
      [](const std::string& name, const std::string& dialect) {
        return quote_identifier(name, dialect_named(dialect));
      },
      nb::arg("name"), nb::arg("dialect"));
}

}  // namespace fletching::python
