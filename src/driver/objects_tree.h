// SPDX-License-Identifier: Apache-2.0
// What was found of one catalog, and the Arrow form that ADBC gives it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrow/owned.h"
#include "driver/metadata_like.h"
#include "driver/objects_keys.h"
#include "fletching/metadata.h"

namespace fletching {

struct TableObject {
  std::string name, type;
  std::string schema_bytes;  // table_schema, empty where the server sent none
  std::vector<Constraint> constraints;

  [[nodiscard]] bool is_view() const;
};

struct SchemaObject {
  std::optional<std::string> name;
  std::vector<TableObject> tables;
};

struct CatalogObject {
  std::optional<std::string> name;
  std::vector<SchemaObject> schemas;

  // The schema of this name, made where there is none yet. No name and an empty one are
  // the same.
  SchemaObject& schema(const std::optional<std::string>& wanted);
};

// adbc.h at AdbcConnectionGetObjects.
[[nodiscard]] UniqueSchema objects_schema();

// One row for each catalog. What is deeper than filter.depth is NULL; table_constraints
// are, too, at kTables where they were not asked for.
[[nodiscard]] UniqueArray build_objects(const std::vector<CatalogObject>& catalogs,
                                        const ObjectsFilter& filter);

}  // namespace fletching
