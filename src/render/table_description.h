// SPDX-License-Identifier: Apache-2.0
// A table's columns with their types, keys and remarks.
#pragma once

#include <string>
#include <string_view>

#include "fletching/driver.h"
#include "render/record.h"

namespace fletching::render {

struct TableDescription {
  Records columns;  // a row a column of the table
  bool keys_told;   // false: the server does not tell keys
};

// `table` by exact names; one without a schema may be CATALOG.SCHEMA.TABLE. Throws what
// the server says; kNotFound with what is called nearly so, or with `list_command`,
// which lists tables.
[[nodiscard]] TableDescription describe_table(Connection& connection,
                                              const TableRef& table,
                                              std::string_view list_command);

// For people: columns that say nothing are left out.
[[nodiscard]] std::string records_text(const Records& records);

}  // namespace fletching::render
