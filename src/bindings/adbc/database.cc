// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/handles.h"
#include "bindings/adbc/options.h"

namespace fletching::adbc {

void DatabaseHandle::set_option(std::string_view name, std::string value) {
  if (name.starts_with("adbc.flight.sql.oauth.")) {
    throw Error(Code::kNotImplemented,
                "option " + std::string(name) +
                    ": the C driver asks no OAuth server (get a token, and give it as "
                    "fletching.token)");
  }
  if (database) {
    throw Error(Code::kInvalidState, "option " + std::string(name) +
                                         ": the database is initialized already (set "
                                         "it before, or on a connection)");
  }
  options[std::string(name)] = std::move(value);
}

std::string DatabaseHandle::get_option(std::string_view name) const {
  return option_value(name, {&options});
}

void DatabaseHandle::init() {
  if (database) {
    throw Error(Code::kInvalidState, "AdbcDatabaseInit: it was called already");
  }
  database = open_database(options);
}

Database open_database(const OptionMap& options) {
  const auto uri = options.find(ADBC_OPTION_URI);
  if (uri == options.end()) {
    throw Error(Code::kInvalidArgument,
                "option uri: it is missing (docs/reference/urls.md has its forms)");
  }
  OptionMap rest;
  for (const auto& [name, value] : options) {
    if (name != ADBC_OPTION_URI && !has_no_effect(name)) rest[name] = value;
  }
  return Database(uri->second, rest);
}

}  // namespace fletching::adbc
