// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/handles.h"
#include "bindings/adbc/options.h"
#include "bindings/adbc/session_options.h"

namespace fletching::adbc {
namespace {

constexpr std::string_view kAutocommit = ADBC_CONNECTION_OPTION_AUTOCOMMIT;
constexpr std::string_view kCatalog = ADBC_CONNECTION_OPTION_CURRENT_CATALOG;
constexpr std::string_view kSchema = ADBC_CONNECTION_OPTION_CURRENT_DB_SCHEMA;
constexpr std::string_view kReadOnly = ADBC_CONNECTION_OPTION_READ_ONLY;

// The core's name of an option that ADBC names otherwise.
std::string core_name(std::string_view name) {
  return name == kReadOnly ? "fletching.read_only" : std::string(name);
}

void check_isolation(const std::string& value) {
  if (value == ADBC_OPTION_ISOLATION_LEVEL_DEFAULT) return;
  throw Error(Code::kNotImplemented,
              "isolation level " + value +
                  ": neither Flight SQL nor Flink has a way to choose one (use the "
                  "server's own SQL for it)");
}

// The name under which servers keep the catalog or schema in their session.
std::string place_name(std::string_view option) {
  return option == kCatalog ? "catalog" : "schema";
}

}  // namespace

Connection& ConnectionHandle::open() {
  if (!connection) {
    throw Error(Code::kInvalidState,
                "AdbcConnection: it is not initialized (call AdbcConnectionInit)");
  }
  return *connection;
}

void ConnectionHandle::init(const DatabaseHandle& database) {
  if (connection) {
    throw Error(Code::kInvalidState, "AdbcConnectionInit: it was called already");
  }
  if (!database.database) {
    throw Error(Code::kInvalidState,
                "AdbcConnectionInit: the database is not initialized");
  }
  database_options = database.options;
  if (options.empty()) {
    connection = Database(*database.database).connect();
    return;
  }
  // Options of a connection may be such that only connecting takes them.
  OptionMap all = database_options;
  for (const auto& [name, value] : options) all[core_name(name)] = value;
  connection = open_database(all).connect();
}

void ConnectionHandle::set_option(std::string_view name, std::string value) {
  if (name == ADBC_CONNECTION_OPTION_ISOLATION_LEVEL) return check_isolation(value);
  const auto change = session_change(name, value);
  if (!connection) {
    if (change) {
      throw Error(Code::kInvalidState, "option " + std::string(name) +
                                           ": the session begins with "
                                           "AdbcConnectionInit (set it afterwards)");
    }
    options[std::string(name)] = std::move(value);
    return;
  }
  if (change) return connection->set_session_options({*change});
  if (has_no_effect(name)) return;
  if (name == kAutocommit) {
    connection->set_autocommit(to_bool(name, value));
  } else if (name == kCatalog || name == kSchema) {
    connection->set_session_options({{place_name(name), value}});
  } else {
    connection->set_option(core_name(name), value);
  }
  options[std::string(name)] = std::move(value);
}

std::string ConnectionHandle::get_option(std::string_view name) {
  if (!connection) return option_value(name, {&options});
  if (name == ADBC_OPTION_URI) return connection->info().uri;
  if (name == kAutocommit) return connection->autocommit() ? "true" : "false";
  if (name == kAllSessionOptions) return session_json(connection->session_options());
  if (name.starts_with(kSessionPrefix)) {
    return session_value(name, connection->session_options());
  }
  if (name == kCatalog || name == kSchema) {
    if (options.contains(std::string(name))) return options[std::string(name)];
    return session_value(std::string(kSessionPrefix) + "." + place_name(name),
                         connection->session_options());
  }
  return option_value(name, {&options, &database_options});
}

}  // namespace fletching::adbc
