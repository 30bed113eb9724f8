// SPDX-License-Identifier: Apache-2.0
// What a connection tells of its catalogs, as readers of rows.
#include "bindings/python/bind_metadata.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "bindings/python/gil.h"
#include "bindings/python/row_reader.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Text = std::optional<std::string>;

std::unique_ptr<RowReader> reader_of(Result result, const RowOptions& options) {
  return std::make_unique<RowReader>(driver_source(std::move(result)), options);
}

std::unique_ptr<RowReader> tables(Connection& c, const Text& catalog,
                                  const Text& schema, const Text& table,
                                  const std::vector<std::string>& types,
                                  bool include_schema, const RowOptions& options) {
  const TablesFilter filter{.catalog = catalog,
                            .schema_pattern = schema,
                            .table_pattern = table,
                            .table_types = types,
                            .include_schema = include_schema};
  return reader_of(without_gil([&] { return c.get_tables(filter); }), options);
}

}  // namespace

void bind_metadata(nb::class_<Connection>& connection) {
  connection
      .def("get_catalogs",
           [](Connection& c, const RowOptions& options) {
             return reader_of(without_gil([&] { return c.get_catalogs(); }), options);
           })
      .def(
          "get_db_schemas",
          [](Connection& c, const Text& catalog, const Text& schema,
             const RowOptions& options) {
            return reader_of(
                without_gil([&] { return c.get_db_schemas(catalog, schema); }),
                options);
          },
          nb::arg("catalog").none(), nb::arg("schema").none(), nb::arg("options"))
      .def("get_tables", &tables, nb::arg("catalog").none(), nb::arg("schema").none(),
           nb::arg("table").none(), nb::arg("types"), nb::arg("include_schema"),
           nb::arg("options"))
      .def("get_table_types",
           [](Connection& c, const RowOptions& options) {
             return reader_of(without_gil([&] { return c.get_table_types(); }),
                              options);
           })
      .def("get_sql_info",
           [](Connection& c, const std::vector<uint32_t>& ids,
              const RowOptions& options) {
             return reader_of(without_gil([&] { return c.get_sql_info(ids); }),
                              options);
           })
      .def(
          "get_table_schema",
          [](Connection& c, const Text& catalog, const Text& schema,
             const std::string& table) {
            UniqueSchema found;
            without_gil(
                [&] { c.get_table_schema(catalog, schema, table, found.get()); });
            return nb::steal(schema_capsule(std::move(found)).release());
          },
          nb::arg("catalog").none(), nb::arg("schema").none(), nb::arg("table"));
}

}  // namespace fletching::python
