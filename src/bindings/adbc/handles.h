// SPDX-License-Identifier: Apache-2.0
// What stands behind AdbcDatabase, AdbcConnection and AdbcStatement. ADBC lets one
// thread at a time use each; cancelling may come from any thread.
#pragma once

#include <arrow-adbc/adbc.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/owned.h"
#include "bindings/adbc/error.h"
#include "fletching/driver.h"

namespace fletching::adbc {

// A database of "uri" and other options.
[[nodiscard]] Database open_database(const OptionMap& options);

struct DatabaseHandle {
  OptionMap options;  // "uri" among them
  std::optional<Database> database;

  void set_option(std::string_view name, std::string value);
  [[nodiscard]] std::string get_option(std::string_view name) const;
  void init();
};

struct ConnectionHandle {
  OptionMap options;           // set before init(), and after it
  OptionMap database_options;  // as they were at init()
  std::optional<Connection> connection;

  void set_option(std::string_view name, std::string value);
  [[nodiscard]] std::string get_option(std::string_view name);
  void init(const DatabaseHandle& database);
  [[nodiscard]] Connection& open();  // kInvalidState before init()
};

struct StatementHandle {
  explicit StatementHandle(ConnectionHandle& parent);

  OptionMap options;
  const OptionMap connection_options, database_options;
  Connection connection;  // kept, whenever its AdbcConnection is released
  Statement statement;
  std::optional<std::string> sql;  // or a plan, or neither
  std::optional<std::string> plan;
  std::string plan_version;
  bool by_name = false;
  bool is_prepared = false;  // `statement` holds `sql` or `plan`
  UniqueArrayStream bound;
  std::optional<IngestOptions> target;
  bool is_incremental = false;
  std::atomic<double> progress{0};  // of what is executed, 0 to 1

  void set_option(std::string_view name, std::string value);
  [[nodiscard]] std::string get_option(std::string_view name);
  void set_sql(std::string_view text);
  void set_plan(std::string_view bytes);
  [[nodiscard]] SubstraitPlan substrait() const;  // needs a plan
  void prepare();
  void bind(UniqueArrayStream rows) { bound = std::move(rows); }
  // Rows affected: -1 unknown.
  [[nodiscard]] std::pair<Result, int64_t> execute();
  [[nodiscard]] Result run();
  void bind_and_prepare();
  [[nodiscard]] std::vector<std::string> partitions(ArrowSchema* out);
  void parameter_schema(ArrowSchema* out);
  void result_schema(ArrowSchema* out);
  [[nodiscard]] const std::string& text() const;  // kInvalidState without one
};

// The handle of an AdbcDatabase and so on.
template <class Handle, class Struct>
Handle& handle_of(Struct* object, const char* what) {
  if (object == nullptr || object->private_data == nullptr) {
    throw Error(Code::kInvalidState,
                std::string(what) + ": it was not made, or was released");
  }
  return *static_cast<Handle*>(object->private_data);
}
inline DatabaseHandle& of(AdbcDatabase* database) {
  return handle_of<DatabaseHandle>(database, "AdbcDatabase");
}
inline ConnectionHandle& of(AdbcConnection* connection) {
  return handle_of<ConnectionHandle>(connection, "AdbcConnection");
}
inline StatementHandle& of(AdbcStatement* statement) {
  return handle_of<StatementHandle>(statement, "AdbcStatement");
}

// Where something is to be put. kInvalidArgument where that is nowhere.
template <class T>
T& out_of(T* out, const char* what) {
  if (out == nullptr) {
    throw Error(Code::kInvalidArgument,
                std::string(what) + ": where to put it is null");
  }
  return *out;
}

// New and Release are the same for all three.
template <class Handle, class Struct>
void release(Struct* object, const char* what) {
  delete &handle_of<Handle>(object, what);
  object->private_data = nullptr;
}

}  // namespace fletching::adbc
