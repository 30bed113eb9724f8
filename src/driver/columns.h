// SPDX-License-Identifier: Apache-2.0
// What a field of a table's schema says of its column, in the terms of JDBC and ODBC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "arrow/owned.h"

namespace fletching {

// From the ARROW:FLIGHT:SQL:* metadata (FlightSql.proto at CommandGetTables) where the
// server gave it, else from the Arrow type. Unset: neither says.
struct ColumnFacts {
  std::string type_name;
  int16_t data_type = 0;      // XdbcDataType; 0 is unknown
  int16_t sql_data_type = 0;  // the same, but one for all dates and times
  std::optional<int16_t> datetime_subcode;
  std::optional<int32_t> size;    // digits, characters or bytes
  std::optional<int16_t> digits;  // after the point, or of a second
  std::optional<int16_t> radix;   // of size: 10 or 2
  std::optional<int32_t> octets;  // the most bytes of binary values
  bool nullable = true;
  std::optional<bool> auto_increment;
  std::optional<std::string> remarks;
  std::optional<std::string> catalog, schema, table;
};

[[nodiscard]] ColumnFacts column_facts(const ArrowSchema& field);

}  // namespace fletching
