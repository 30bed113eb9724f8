// SPDX-License-Identifier: Apache-2.0
// What a connection tells of its catalogs, as readers of rows.
#include "bindings/python/bind_metadata.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <utility>

#include "bindings/python/callbacks.h"
#include "bindings/python/gil.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/stream_capsule.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Text = std::optional<std::string>;
using Reader = std::unique_ptr<RowReader>;

template <class Ask>
Reader ask(const RowOptions& options, const Ask& question) {
  return std::make_unique<RowReader>(driver_source(calling(question)), options);
}

Reader tables(Connection& c, const Text& catalog, const Text& schema, const Text& table,
              const std::vector<std::string>& types, bool include_schema,
              const RowOptions& options) {
  const TablesFilter filter{.catalog = catalog,
                            .schema_pattern = schema,
                            .table_pattern = table,
                            .table_types = types,
                            .include_schema = include_schema};
  return ask(options, [&] { return c.get_tables(filter); });
}

Reader cross_reference(Connection& c, const Text& catalog, const Text& schema,
                       const std::string& table, const Text& foreign_catalog,
                       const Text& foreign_schema, const std::string& foreign_table,
                       const RowOptions& options) {
  return ask(options, [&] {
    return c.get_cross_reference({catalog, schema, table},
                                 {foreign_catalog, foreign_schema, foreign_table});
  });
}

ObjectDepth depth_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ObjectDepth>, 6> kDepths = {
      {{"catalogs", ObjectDepth::kCatalogs},
       {"schemas", ObjectDepth::kSchemas},
       {"db_schemas", ObjectDepth::kSchemas},
       {"tables", ObjectDepth::kTables},
       {"columns", ObjectDepth::kColumns},
       {"all", ObjectDepth::kColumns}}};
  for (const auto& [known, depth] : kDepths) {
    if (known == name) return depth;
  }
  throw Error(Code::kInvalidArgument,
              "get_objects: depth '" + std::string(name) +
                  "' is none of catalogs, db_schemas, tables, columns, all");
}

Reader objects(Connection& c, std::string_view depth, const Text& catalog,
               bool catalog_is_pattern, const Text& schema, const Text& table,
               const std::vector<std::string>& types, const Text& column,
               bool constraints, const RowOptions& options) {
  const ObjectsFilter filter{.depth = depth_of(depth),
                             .catalog = catalog,
                             .schema_pattern = schema,
                             .table_pattern = table,
                             .column_pattern = column,
                             .table_types = types,
                             .constraints = constraints,
                             .catalog_is_pattern = catalog_is_pattern};
  return ask(options, [&] { return c.get_objects(filter); });
}

Reader statistics(Connection& c, const Text& catalog, bool catalog_is_pattern,
                  const Text& schema, const Text& table, bool approximate,
                  const RowOptions& options) {
  const StatisticsFilter filter{.catalog = catalog,
                                .schema_pattern = schema,
                                .table_pattern = table,
                                .approximate = approximate,
                                .catalog_is_pattern = catalog_is_pattern};
  return ask(options, [&] { return c.get_statistics(filter); });
}

using KeysOf = Result (Connection::*)(const TableRef&);

template <KeysOf keys_of>
Reader keys(Connection& c, const Text& catalog, const Text& schema,
            const std::string& table, const RowOptions& options) {
  return ask(options, [&] { return (c.*keys_of)({catalog, schema, table}); });
}

void bind_lists(nb::class_<Connection>& connection) {
  connection
      .def("get_catalogs",
           [](Connection& c, const RowOptions& options) {
             return ask(options, [&] { return c.get_catalogs(); });
           })
      .def(
          "get_db_schemas",
          [](Connection& c, const Text& catalog, const Text& schema,
             const RowOptions& options) {
            return ask(options, [&] { return c.get_db_schemas(catalog, schema); });
          },
          nb::arg("catalog").none(), nb::arg("schema").none(), nb::arg("options"))
      .def("get_tables", &tables, nb::arg("catalog").none(), nb::arg("schema").none(),
           nb::arg("table").none(), nb::arg("types"), nb::arg("include_schema"),
           nb::arg("options"))
      .def("get_table_types",
           [](Connection& c, const RowOptions& options) {
             return ask(options, [&] { return c.get_table_types(); });
           })
      .def("get_sql_info",
           [](Connection& c, const std::vector<uint32_t>& ids,
              const RowOptions& options) {
             return ask(options, [&] { return c.get_sql_info(ids); });
           })
      .def(
          "get_type_info",
          [](Connection& c, std::optional<int32_t> type, const RowOptions& options) {
            return ask(options, [&] { return c.get_type_info(type); });
          },
          nb::arg("data_type").none(), nb::arg("options"));
}

template <KeysOf keys_of>
void bind_keys(nb::class_<Connection>& connection, const char* name) {
  connection.def(name, &keys<keys_of>, nb::arg("catalog").none(),
                 nb::arg("schema").none(), nb::arg("table"), nb::arg("options"));
}

}  // namespace

void bind_metadata(nb::class_<Connection>& connection) {
  bind_lists(connection);
  bind_keys<&Connection::get_primary_keys>(connection, "get_primary_keys");
  bind_keys<&Connection::get_exported_keys>(connection, "get_exported_keys");
  bind_keys<&Connection::get_imported_keys>(connection, "get_imported_keys");
  connection
      .def("get_cross_reference", &cross_reference, nb::arg("catalog").none(),
           nb::arg("schema").none(), nb::arg("table"),
           nb::arg("foreign_catalog").none(), nb::arg("foreign_schema").none(),
           nb::arg("foreign_table"), nb::arg("options"))
      .def("get_objects", &objects, nb::arg("depth"), nb::arg("catalog").none(),
           nb::arg("catalog_is_pattern"), nb::arg("schema").none(),
           nb::arg("table").none(), nb::arg("types"), nb::arg("column").none(),
           nb::arg("constraints"), nb::arg("options"))
      .def("get_statistics", &statistics, nb::arg("catalog").none(),
           nb::arg("catalog_is_pattern"), nb::arg("schema").none(),
           nb::arg("table").none(), nb::arg("approximate"), nb::arg("options"))
      .def(
          "get_table_schema",
          [](Connection& c, const Text& catalog, const Text& schema,
             const std::string& table) {
            UniqueSchema found;
            calling([&] { c.get_table_schema(catalog, schema, table, found.get()); });
            return nb::steal(schema_capsule(std::move(found)).release());
          },
          nb::arg("catalog").none(), nb::arg("schema").none(), nb::arg("table"))
      .def("actions",
           [](Connection& c) { return calling([&] { return c.actions(); }); });
}

void bind_metadata_functions(nb::module_& module) {
  module.def("escape_like", &escape_like, nb::arg("name"));
}

}  // namespace fletching::python
