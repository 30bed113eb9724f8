// SPDX-License-Identifier: Apache-2.0
// Filters of a connection's metadata. Catalogs are exact names; schemas, tables and
// columns are SQL LIKE patterns: % any text, _ any one character, and \ takes the %,
// _ or \ after it literally, whatever escape the server has. Case counts, except in
// table types. Servers ignore or misread filters, so rows are always judged again here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fletching {

// A pattern that matches this name alone.
[[nodiscard]] std::string escape_like(std::string_view name);

// Unset: any. An empty catalog or schema: those without one.
struct TablesFilter {
  std::optional<std::string> catalog, schema_pattern, table_pattern;
  std::vector<std::string> table_types;
  bool include_schema = false;
};

// A table by its exact names. Unset: any; "": those without.
struct TableRef {
  std::optional<std::string> catalog, schema;
  std::string table;
};

// How deep get_objects() goes, and what it shows.
enum class ObjectDepth : uint8_t { kCatalogs, kSchemas, kTables, kColumns };
struct ObjectsFilter {
  ObjectDepth depth = ObjectDepth::kColumns;
  std::optional<std::string> catalog, schema_pattern, table_pattern, column_pattern;
  std::vector<std::string> table_types;
  bool constraints = true;          // keys cost RPCs for each table
  bool catalog_is_pattern = false;  // `catalog` is LIKE too, as in ADBC
};

// What get_statistics() measures. A table filter without % names tables: each that
// matches is measured, and one that cannot be is an error. Otherwise views and what
// belongs to the server itself are passed over, and what cannot be measured is left out
// with a warning in the log.
struct StatisticsFilter {
  std::optional<std::string> catalog, schema_pattern, table_pattern;
  bool approximate = true;          // false: of the columns, too
  bool catalog_is_pattern = false;  // `catalog` is LIKE too, as in ADBC
};

}  // namespace fletching
