// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/handles.h"
#include "bindings/adbc/oauth.h"
#include "bindings/adbc/options.h"

namespace fletching::adbc {

void DatabaseHandle::set_option(std::string_view name, std::string value) {
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
    const bool taken = name == ADBC_OPTION_URI || is_oauth_key(name);
    if (!taken && !has_no_effect(name)) rest[name] = value;
  }
  Database out(uri->second, rest);
  if (const auto login = oauth_of(options)) out.set_oauth(*login);
  return out;
}

}  // namespace fletching::adbc
