// SPDX-License-Identifier: Apache-2.0
// The Flight RPCs under a connection's statements, for faces that show FlightInfo,
// tickets and prepared statements as they are. FlightInfo messages are bytes here.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <memory>

#include "bindings/python/bind.h"
#include "bindings/python/calling.h"
#include "bindings/python/parameters.h"
#include "bindings/python/read_batch.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/stream_capsule.h"
#include "driver/flights.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Text = std::optional<std::string>;
using Kind = MetadataRequest::Kind;

nb::bytes bytes_of(const std::string& text) {
  return nb::bytes(text.data(), text.size());
}
std::string text_of(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

Kind kind_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Kind>, 10> kKinds = {
      {{"catalogs", Kind::kCatalogs},
       {"db_schemas", Kind::kDbSchemas},
       {"tables", Kind::kTables},
       {"table_types", Kind::kTableTypes},
       {"sql_info", Kind::kSqlInfo},
       {"primary_keys", Kind::kPrimaryKeys},
       {"exported_keys", Kind::kExportedKeys},
       {"imported_keys", Kind::kImportedKeys},
       {"cross_reference", Kind::kCrossReference},
       {"type_info", Kind::kTypeInfo}}};
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  throw Error(Code::kInvalidArgument,
              "metadata: there is no kind '" + std::string(name) + "'");
}

TableName table_of(const std::optional<nb::tuple>& name) {
  if (!name) return {};
  return {.catalog = nb::cast<Text>((*name)[0]),
          .schema = nb::cast<Text>((*name)[1]),
          .table = nb::cast<std::string>((*name)[2])};
}

nb::bytes metadata(FlightCalls& calls, std::string_view kind, const Text& catalog,
                   const Text& schema, const Text& table,
                   const std::vector<std::string>& types, bool include_schema,
                   const std::vector<uint32_t>& ids,
                   const std::optional<nb::tuple>& name,
                   const std::optional<nb::tuple>& foreign,
                   std::optional<int32_t> data_type) {
  const MetadataRequest request{.kind = kind_of(kind),
                                .catalog = catalog,
                                .schema_pattern = schema,
                                .table_pattern = table,
                                .table_types = types,
                                .include_schema = include_schema,
                                .info_ids = ids,
                                .table = table_of(name),
                                .foreign_table = table_of(foreign),
                                .data_type = data_type};
  return bytes_of(without_gil([&] { return calls.metadata(request); }));
}

void bind_calls(nb::module_& m) {
  nb::class_<FlightCalls>(m, "FlightCalls")
      .def(
          "__init__",
          [](FlightCalls* self, const Connection& connection,
             const std::vector<std::pair<nb::bytes, nb::bytes>>& headers,
             double timeout) {
            CallHeaders texts;
            for (const auto& [name, value] : headers) {
              texts.emplace_back(text_of(name), text_of(value));
            }
            const std::chrono::duration<double> seconds(timeout);
            new (self) FlightCalls(
                connection, texts,
                std::chrono::duration_cast<std::chrono::nanoseconds>(seconds));
          },
          nb::arg("connection"), nb::arg("headers"), nb::arg("timeout"))
      .def("info",
           [](FlightCalls& c, const std::string& sql) {
             return bytes_of(without_gil([&] { return c.info(sql); }));
           })
      .def("metadata", &metadata, nb::arg("kind"), nb::kw_only(),
           nb::arg("catalog") = nb::none(), nb::arg("schema") = nb::none(),
           nb::arg("table") = nb::none(), nb::arg("types") = std::vector<std::string>(),
           nb::arg("include_schema") = false, nb::arg("ids") = std::vector<uint32_t>(),
           nb::arg("name") = nb::none(), nb::arg("foreign") = nb::none(),
           nb::arg("data_type") = nb::none())
      .def("update",
           [](FlightCalls& c, const std::string& sql) {
             return without_gil([&] { return c.update(sql); });
           })
      .def("prepare",
           [](FlightCalls& c, const std::string& sql) {
             return without_gil([&] { return c.prepare(sql); });
           })
      .def("read", [](FlightCalls& c, const nb::bytes& ticket,
                      std::vector<std::string> locations) {
        std::string bytes = text_of(ticket);
        return without_gil(
            [&] { return c.read(std::move(bytes), std::move(locations)); });
      });
}

nb::object schema_of(FlightReader& reader) {
  UniqueSchema copy;
  without_gil([&] {
    if (ArrowSchemaDeepCopy(&reader.schema(), copy.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
  });
  return nb::steal(schema_capsule(std::move(copy)).release());
}

// (array capsule or None, app_metadata)
nb::tuple next_batch(FlightReader& reader) {
  UniqueArray batch;
  std::string app_metadata;
  if (!without_gil([&] { return reader.next(batch.get(), app_metadata); })) {
    return nb::make_tuple(nb::none(), bytes_of(app_metadata));
  }
  return nb::make_tuple(nb::steal(array_capsule(std::move(batch)).release()),
                        bytes_of(app_metadata));
}

// (ReadBatch or None, app_metadata); at the end both are empty.
nb::tuple next_message(FlightReader& reader) {
  UniqueArray batch;
  UniqueSchema schema;
  std::string app_metadata;
  calling([&] {
    if (!reader.next(batch.get(), app_metadata) || batch->release == nullptr) return;
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&reader.schema(), schema.get()));
  });
  if (batch->release == nullptr) {
    return nb::make_tuple(nb::none(), bytes_of(app_metadata));
  }
  nb::object columns = nb::steal(schema_capsule(std::move(schema)).release());
  return nb::make_tuple(
      ReadBatch{std::make_shared<const UniqueArray>(std::move(batch)), columns},
      bytes_of(app_metadata));
}

void bind_reader(nb::module_& m) {
  nb::class_<FlightReader>(m, "FlightReader")
      .def("schema", &schema_of)
      .def("next", &next_batch)
      .def("next_message", &next_message)
      .def("rest",
           [](FlightReader& r, const RowOptions& options) {
             return std::make_unique<RowReader>(
                 driver_source(without_gil([&] { return r.rest(); })), options);
           })
      .def("cancel", [](FlightReader& r) { without_gil([&] { r.cancel(); }); })
      .def("close", [](FlightReader& r) { without_gil([&] { r.close(); }); });
}

using SchemaOf = bool (PreparedCalls::*)(ArrowSchema*) const;

template <SchemaOf schema_of>
nb::object told_schema(const PreparedCalls& prepared) {
  UniqueSchema schema;
  if (!(prepared.*schema_of)(schema.get())) return nb::none();
  return nb::steal(schema_capsule(std::move(schema)).release());
}

// Parameters of anything with __arrow_c_stream__ or __arrow_c_array__, or None.
template <class Run>
auto with_rows(nb::handle parameters, const Run& run) {
  if (parameters.is_none()) {
    return without_gil([&] { return run(nullptr); });
  }
  UniqueArrayStream rows = take_stream(parameters.ptr());
  return without_gil([&] { return run(rows.get()); });
}

void bind_prepared(nb::module_& m) {
  nb::class_<PreparedCalls>(m, "PreparedCalls")
      .def("parameter_schema", &told_schema<&PreparedCalls::parameter_schema>)
      .def("dataset_schema", &told_schema<&PreparedCalls::dataset_schema>)
      .def(
          "info",
          [](PreparedCalls& p, nb::handle parameters) {
            return bytes_of(with_rows(
                parameters, [&](ArrowArrayStream* rows) { return p.info(rows); }));
          },
          nb::arg("parameters").none())
      .def(
          "update",
          [](PreparedCalls& p, nb::handle parameters) {
            return with_rows(parameters,
                             [&](ArrowArrayStream* rows) { return p.update(rows); });
          },
          nb::arg("parameters").none())
      .def("close", [](PreparedCalls& p) { without_gil([&] { p.close(); }); });
}

}  // namespace

void bind_flights(nb::module_& m) {
  bind_calls(m);
  bind_reader(m);
  bind_prepared(m);
}

}  // namespace fletching::python
