// SPDX-License-Identifier: Apache-2.0
// The C++ API as Python sees it: the same names, without the interpreter lock.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "bindings/python/bind.h"
#include "bindings/python/bind_metadata.h"
#include "bindings/python/gil.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/signals.h"
#include "fletching/driver.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Text = std::optional<std::string>;

class DriverSource final : public BatchSource {
 public:
  explicit DriverSource(Result result) : result_(std::move(result)) {}
  ~DriverSource() override { close(); }

  const ArrowSchema& schema() override {
    return *without_gil([this] { return &result_.schema(); });
  }
  bool next(ArrowArray* out) override {
    return without_gil([&] { return result_.next(out); });
  }
  void cancel() noexcept override {
    quietly([this] { result_.cancel(); });
  }
  void close() noexcept override {
    quietly([this] { result_.close(); });
  }
  void export_stream(ArrowArrayStream* out,
                     const std::shared_ptr<StreamFailure>& failure) override {
    export_result(std::exchange(result_, Result()), failure, out);
  }

 private:
  template <class Body>
  static void quietly(Body&& body) noexcept {
    try {
      const Released released;
      body();
    } catch (...) {  // Python is ending; so does the process's socket
    }
  }

  Result result_;
};

std::unique_ptr<RowReader> reader_of(Result result, const RowOptions& options) {
  return std::make_unique<RowReader>(driver_source(std::move(result)), options);
}

// (rows affected or -1, a reader or None)
nb::object outcome(Result result, const RowOptions& options) {
  const int64_t affected = result.rows_affected();
  if (!result.has_rows()) return nb::make_tuple(affected, nb::none());
  return nb::make_tuple(affected, reader_of(std::move(result), options));
}

nb::dict to_dict(const ConnectionInfo& info) {
  nb::dict d;
  d["uri"] = info.uri;
  d["address"] = info.address;
  d["proxy"] = info.proxy;
  d["tls_version"] = info.tls_version;
  d["tls_cipher"] = info.tls_cipher;
  d["alpn"] = info.alpn;
  d["certificate"] = info.certificate;
  d["auth"] = info.auth;
  d["resolve_seconds"] = info.resolve_seconds;
  d["connect_seconds"] = info.connect_seconds;
  d["tls_seconds"] = info.tls_seconds;
  return d;
}

nb::list option_list() {
  nb::list all;
  for (const OptionInfo& o : option_table()) {
    nb::dict d;
    d["name"] = nb::str(o.name.data(), o.name.size());
    d["alias"] = nb::str(o.alias.data(), o.alias.size());
    d["type"] = nb::str(o.type.data(), o.type.size());
    d["default"] = nb::str(o.default_value.data(), o.default_value.size());
    d["level"] = nb::str(o.level.data(), o.level.size());
    d["doc"] = nb::str(o.doc.data(), o.doc.size());
    d["secret"] = o.secret;
    all.append(d);
  }
  return all;
}

void bind_database(nb::module_& m) {
  nb::class_<Database>(m, "Database")
      .def(
          "__init__",
          [](Database* self, const std::string& uri, const OptionMap& options) {
            new (self) Database(uri, options);
            self->set_tick(&python_tick());
          },
          nb::arg("uri"), nb::arg("options"))
      .def("connect",
           [](Database& d) { return without_gil([&] { return d.connect(); }); });
}

void bind_statement(nb::module_& m) {
  nb::class_<Statement>(m, "Statement")
      .def("set_option",
           [](Statement& s, const std::string& name, const std::string& value) {
             without_gil([&] { s.set_option(name, value); });
           })
      .def("execute",
           [](Statement& s, const std::string& sql, const RowOptions& options) {
             return outcome(without_gil([&] { return s.execute(sql); }), options);
           })
      .def("execute_schema",
           [](Statement& s, const std::string& sql) {
             UniqueSchema schema;
             without_gil([&] { s.execute_schema(sql, schema.get()); });
             return nb::steal(schema_capsule(std::move(schema)).release());
           })
      .def("cancel", [](Statement& s) { without_gil([&] { s.cancel(); }); })
      .def("close", [](Statement& s) { without_gil([&] { s.close(); }); });
}

void bind_connection(nb::module_& m) {
  nb::class_<Connection> connection(m, "Connection");
  connection
      .def("statement",
           [](Connection& c) { return without_gil([&] { return c.statement(); }); })
      .def("set_option",
           [](Connection& c, const std::string& name, const std::string& value) {
             without_gil([&] { c.set_option(name, value); });
           })
      .def("info",
           [](Connection& c) { return to_dict(without_gil([&] { return c.info(); })); })
      .def("row_options", &Connection::row_options)
      .def("ping", [](Connection& c) { return without_gil([&] { return c.ping(); }); })
      .def("cancel", [](Connection& c) { without_gil([&] { c.cancel(); }); })
      .def("close", [](Connection& c) { without_gil([&] { c.close(); }); });
  bind_metadata(connection);
}

}  // namespace

std::unique_ptr<BatchSource> driver_source(Result result) {
  return std::make_unique<DriverSource>(std::move(result));
}

void bind_driver(nb::module_& m) {
  bind_statement(m);
  bind_connection(m);
  bind_database(m);
  m.def("option_table", &option_list);
}

}  // namespace fletching::python
