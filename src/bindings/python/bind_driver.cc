// SPDX-License-Identifier: Apache-2.0
// The C++ API as Python sees it: the same names, without the interpreter lock.
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "bindings/python/batch_iterator.h"
#include "bindings/python/bind.h"
#include "bindings/python/bind_metadata.h"
#include "bindings/python/callbacks.h"
#include "bindings/python/exchange_source.h"
#include "bindings/python/gil.h"
#include "bindings/python/parameters.h"
#include "bindings/python/parquet.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/signals.h"
#include "fletching/driver.h"
#include "transport/tls_context.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Text = std::optional<std::string>;

class DriverSource final : public BatchSource {
 public:
  explicit DriverSource(Result result) : result_(std::move(result)) {}
  ~DriverSource() override { close(); }

  const ArrowSchema& schema() override {
    return *calling([this] { return &result_.schema(); });
  }
  bool next(ArrowArray* out) override {
    return calling([&] { return result_.next(out); });
  }
  [[nodiscard]] std::string position() const override { return result_.position(); }
  void cancel() noexcept override {
    quietly([this] { result_.cancel(); });
  }
  [[nodiscard]] ResultProgress progress() const override { return result_.progress(); }
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
  d["profile"] = info.profile;
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

template <class T>
nb::object or_none(const std::optional<T>& value) {
  return value ? nb::cast(*value) : nb::none();
}

nb::dict to_dict(const ServerDescription& server) {
  nb::dict d;
  d["name"] = server.name;
  d["version"] = server.version;
  d["arrow_version"] = server.arrow_version;
  d["profile"] = server.profile;
  d["dialect"] = server.dialect;
  d["binding"] = server.binding;
  d["transactions"] = server.transactions;
  d["read_only"] = or_none(server.read_only);
  d["cancel"] = or_none(server.cancel);
  d["bulk_ingestion"] = or_none(server.bulk_ingestion);
  d["ingest_transactions"] = or_none(server.ingest_transactions);
  d["substrait"] = or_none(server.substrait);
  d["identifier_quote"] = or_none(server.identifier_quote);
  d["search_escape"] = or_none(server.search_escape);
  d["identifier_case"] = server.identifier_case;
  d["quoted_identifier_case"] = server.quoted_identifier_case;
  d["keywords"] = server.keywords;
  d["max_message"] = server.max_message;
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

// (level as Python's logging counts, text) of what the core has to say.
nb::list log_list() {
  nb::list all;
  for (const LogRecord& record : drain_log()) {
    const int level = 10 * (static_cast<int>(record.level) + 1);
    all.append(nb::make_tuple(level, nb::str(record.text.data(), record.text.size())));
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
      .def("set_token_provider",
           [](Database& d, nb::handle function) {
             d.set_token_provider(token_provider(function.ptr()));
           })
      .def("set_parquet_reader",
           [](Database& d, nb::handle function) {
             d.set_parquet_reader(parquet_reader(function.ptr()));
           })
      .def("connect", [](Database& d) { return calling([&] { return d.connect(); }); })
      .def("cancel", [](Database& d) { without_gil([&] { d.cancel(); }); });
}

ParameterStyle style_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ParameterStyle>, 5> kStyles = {
      {{"qmark", ParameterStyle::kQmark},
       {"numeric", ParameterStyle::kNumeric},
       {"named", ParameterStyle::kNamed},
       {"format", ParameterStyle::kFormat},
       {"pyformat", ParameterStyle::kPyformat}}};
  for (const auto& [known, style] : kStyles) {
    if (known == name) return style;
  }
  throw Error(Code::kInvalidArgument, "paramstyle: '" + std::string(name) +
                                          "' is none of qmark, numeric, named, format, "
                                          "pyformat");
}

// Rows as values; without slots there is nothing to bind but their number.
void bind_rows_of(Statement& s, nb::handle rows) {
  UniqueSchema expected;
  const std::vector<std::string> slots = s.parameter_names();
  const bool known = s.parameter_schema(expected.get());
  UniqueArrayStream stream =
      make_parameters(rows.ptr(), slots, known ? expected.get() : nullptr);
  calling([&] { s.bind(stream.get()); });
}

std::string bytes_of(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

// Batches that Python code makes, for ingest() alone, which can raise what that code
// raises.
struct Batches {
  nb::object iterator, schema;
};

UniqueArrayStream source_of(nb::handle data) {
  Batches* batches = nullptr;
  if (!nb::try_cast(data, batches) || batches == nullptr) {
    return take_stream(data.ptr());
  }
  return iterate_batches(batches->iterator.ptr(), batches->schema.ptr());
}

int64_t ingest(Statement& s, nb::handle data, const std::string& table,
               const std::string& mode, const Text& catalog, const Text& schema,
               bool temporary, const std::map<std::string, std::string>& options,
               bool insert_fallback) {
  using Mode = IngestOptions::Mode;
  constexpr std::array<std::pair<std::string_view, Mode>, 4> kModes = {
      {{"create", Mode::kCreate},
       {"append", Mode::kAppend},
       {"replace", Mode::kReplace},
       {"create_append", Mode::kCreateAppend}}};
  const auto* found = std::find_if(kModes.begin(), kModes.end(),
                                   [&](const auto& m) { return m.first == mode; });
  if (found == kModes.end()) {
    throw Error(Code::kInvalidArgument,
                "ingest: mode '" + mode +
                    "' is none of create, append, replace, create_append");
  }
  const IngestOptions target{.table = table,
                             .mode = found->second,
                             .catalog = catalog,
                             .schema = schema,
                             .temporary = temporary,
                             .options = options,
                             .insert_fallback = insert_fallback};
  UniqueArrayStream stream = source_of(data);
  return calling([&] { return s.ingest(target, stream.get()); });
}

// (parts, schema)
template <class Give>
nb::tuple partitions(Give&& give) {
  UniqueSchema schema;
  nb::list parts;
  for (const std::string& part : calling([&] { return give(schema.get()); })) {
    parts.append(nb::bytes(part.data(), part.size()));
  }
  return nb::make_tuple(parts, nb::steal(schema_capsule(std::move(schema)).release()));
}

void bind_statement(nb::module_& m) {
  nb::class_<Batches>(m, "Batches")
      .def(
          "__init__",
          [](Batches* self, nb::handle items, nb::handle schema) {
            nb::object iterator =
                nb::steal(checked(PyObject_GetIter(items.ptr())).release());
            new (self) Batches{std::move(iterator), nb::borrow(schema)};
          },
          nb::arg("items"), nb::arg("schema").none());
  nb::class_<Statement>(m, "Statement")
      .def("set_option",
           [](Statement& s, const std::string& name, const std::string& value) {
             without_gil([&] { s.set_option(name, value); });
           })
      .def("execute",
           [](Statement& s, const std::string& sql, const RowOptions& options) {
             return outcome(calling([&] { return s.execute(sql); }), options);
           })
      .def("attach",
           [](Statement& s, const std::string& name, const std::string& position,
              const RowOptions& options) {
             return outcome(calling([&] { return s.attach(name, position); }), options);
           })
      .def("flink_statement", &Statement::flink_statement)
      .def(
          "set_progress",
          [](Statement& s, nb::handle function) {
            ProgressListener listener;
            if (!function.is_none()) listener = progress_listener(function.ptr());
            without_gil([&] { s.set_progress(std::move(listener)); });
          },
          nb::arg("function").none())
      .def("prepare",
           [](Statement& s, const std::string& sql, const std::string& style) {
             const ParameterStyle chosen = style_of(style);
             calling([&] { s.prepare(sql, chosen); });
           })
      .def("execute_substrait",
           [](Statement& s, const nb::bytes& plan, const std::string& version,
              const RowOptions& options) {
             const SubstraitPlan given{bytes_of(plan), version};
             return outcome(calling([&] { return s.execute_substrait(given); }),
                            options);
           })
      .def("prepare_substrait",
           [](Statement& s, const nb::bytes& plan, const std::string& version) {
             const SubstraitPlan given{bytes_of(plan), version};
             calling([&] { s.prepare_substrait(given); });
           })
      .def("parameter_names", &Statement::parameter_names)
      .def("parameter_schema",
           [](Statement& s) -> nb::object {
             UniqueSchema schema;
             if (!s.parameter_schema(schema.get())) return nb::none();
             return nb::steal(schema_capsule(std::move(schema)).release());
           })
      .def("bind_rows", &bind_rows_of)
      .def("bind_stream",
           [](Statement& s, nb::handle data) {
             UniqueArrayStream stream = take_stream(data.ptr());
             calling([&] { s.bind(stream.get()); });
           })
      .def("execute_prepared",
           [](Statement& s, const RowOptions& options) {
             return outcome(calling([&] { return s.execute(); }), options);
           })
      .def("ingest", &ingest)
      .def("execute_schema",
           [](Statement& s, const std::string& sql) {
             UniqueSchema schema;
             calling([&] { s.execute_schema(sql, schema.get()); });
             return nb::steal(schema_capsule(std::move(schema)).release());
           })
      .def("execute_partitions",
           [](Statement& s, const std::string& sql) {
             return partitions(
                 [&](ArrowSchema* out) { return s.execute_partitions(sql, out); });
           })
      .def("execute_prepared_partitions",
           [](Statement& s) {
             return partitions(
                 [&](ArrowSchema* out) { return s.execute_partitions(out); });
           })
      .def("cancel", [](Statement& s) { without_gil([&] { s.cancel(); }); })
      .def("close", [](Statement& s) { without_gil([&] { s.close(); }); });
}

void bind_transactions(nb::class_<Connection>& connection) {
  using Name = const std::string&;
  connection
      .def("read_partition",
           [](Connection& c, const nb::bytes& part, const RowOptions& options) {
             const std::string_view bytes(part.c_str(), part.size());
             return outcome(calling([&] { return c.read_partition(bytes); }), options);
           })
      .def(
          "exchange",
          [](Connection& c, const nb::bytes& command,
             const std::vector<std::string>& path, nb::handle data,
             const RowOptions& options) {
            UniqueArrayStream rows;
            if (!data.is_none()) rows = take_stream(data.ptr());
            const FlightDescriptor descriptor{bytes_of(command), path};
            auto* given = data.is_none() ? nullptr : rows.get();
            return reader_of(calling([&] { return c.exchange(descriptor, given); }),
                             options);
          },
          nb::arg("command"), nb::arg("path"), nb::arg("data").none(),
          nb::arg("options"))
      .def(
          "exchange_messages",
          [](Connection& c, const nb::bytes& command,
             const std::vector<std::string>& path, nb::handle messages,
             nb::handle schema) {
            const FlightDescriptor descriptor{bytes_of(command), path};
            UniqueSchema columns, copy;
            if (!schema.is_none()) {
              columns = take_schema(schema.ptr());
              NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(columns.get(), copy.get()));
            }
            auto source = exchange_source(messages.ptr(), std::move(copy));
            auto* given = schema.is_none() ? nullptr : columns.get();
            return calling(
                [&] { return c.exchange(descriptor, given, std::move(source)); });
          },
          nb::arg("command"), nb::arg("path"), nb::arg("messages"),
          nb::arg("schema").none())
      .def("set_autocommit",
           [](Connection& c, bool on) { calling([&] { c.set_autocommit(on); }); })
      .def("autocommit", [](Connection& c) { return c.autocommit(); })
      .def("in_transaction", [](Connection& c) { return c.in_transaction(); })
      .def("begin", [](Connection& c) { calling([&] { c.begin(); }); })
      .def("commit", [](Connection& c) { calling([&] { c.commit(); }); })
      .def("rollback", [](Connection& c) { calling([&] { c.rollback(); }); })
      .def("savepoint",
           [](Connection& c, Name name) { calling([&] { c.savepoint(name); }); })
      .def("rollback_to",
           [](Connection& c, Name name) { calling([&] { c.rollback_to(name); }); })
      .def("release",
           [](Connection& c, Name name) { calling([&] { c.release(name); }); })
      .def("set_session_options",
           [](Connection& c, const std::map<std::string, SessionOption>& options) {
             calling([&] { c.set_session_options(options); });
           })
      .def("session_options",
           [](Connection& c) { return calling([&] { return c.session_options(); }); });
}

void bind_connection(nb::module_& m) {
  nb::class_<Connection> connection(m, "Connection");
  bind_transactions(connection);
  connection
      .def("statement",
           [](Connection& c) { return without_gil([&] { return c.statement(); }); })
      .def("set_option",
           [](Connection& c, const std::string& name, const std::string& value) {
             without_gil([&] { c.set_option(name, value); });
           })
      .def("server",
           [](Connection& c) {
             return to_dict(without_gil([&] { return c.server(); }));
           })
      .def("info",
           [](Connection& c) { return to_dict(without_gil([&] { return c.info(); })); })
      .def("row_options", &Connection::row_options)
      .def("ping", [](Connection& c) { return calling([&] { return c.ping(); }); })
      .def("cancel", [](Connection& c) { without_gil([&] { c.cancel(); }); })
      .def("settle", [](Connection& c) { calling([&] { c.settle(); }); })
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
  m.def("drain_log", &log_list);
  m.def("set_last_resort_roots", [](const std::string& path) {
    without_gil([&] { set_last_resort_roots(path); });
  });
}

}  // namespace fletching::python
