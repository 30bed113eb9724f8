// SPDX-License-Identifier: Apache-2.0
#include "driver/objects_tree.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "driver/columns.h"
#include "driver/metadata_cells.h"
#include "driver/metadata_filter.h"
#include "driver/nested_fields.h"
#include "driver/table_schema.h"

namespace fletching {
namespace {

using nested::append_null;
using nested::append_number;
using nested::append_optional;
using nested::FieldSpec;
using nested::finish;
using nested::items;
using nested::set_struct;

constexpr auto kText = NANOARROW_TYPE_STRING;
constexpr auto kInt16 = NANOARROW_TYPE_INT16;
constexpr auto kInt32 = NANOARROW_TYPE_INT32;
constexpr auto kBool = NANOARROW_TYPE_BOOL;
constexpr auto kList = NANOARROW_TYPE_LIST;

constexpr std::array<FieldSpec, 2> kCatalog = {
    {{"catalog_name", kText}, {"catalog_db_schemas", kList}}};
constexpr std::array<FieldSpec, 2> kDbSchema = {
    {{"db_schema_name", kText}, {"db_schema_tables", kList}}};
constexpr std::array<FieldSpec, 4> kTable = {{{"table_name", kText, true},
                                              {"table_type", kText, true},
                                              {"table_columns", kList},
                                              {"table_constraints", kList}}};
constexpr std::array<FieldSpec, 19> kColumn = {{
    {"column_name", kText, true},
    {"ordinal_position", kInt32},
    {"remarks", kText},
    {"xdbc_data_type", kInt16},
    {"xdbc_type_name", kText},
    {"xdbc_column_size", kInt32},
    {"xdbc_decimal_digits", kInt16},
    {"xdbc_num_prec_radix", kInt16},
    {"xdbc_nullable", kInt16},
    {"xdbc_column_def", kText},
    {"xdbc_sql_data_type", kInt16},
    {"xdbc_datetime_sub", kInt16},
    {"xdbc_char_octet_length", kInt32},
    {"xdbc_is_nullable", kText},
    {"xdbc_scope_catalog", kText},
    {"xdbc_scope_schema", kText},
    {"xdbc_scope_table", kText},
    {"xdbc_is_autoincrement", kBool},
    {"xdbc_is_generatedcolumn", kBool},
}};
constexpr std::array<FieldSpec, 4> kConstraint = {
    {{"constraint_name", kText},
     {"constraint_type", kText, true},
     {"constraint_column_names", kList, true},
     {"constraint_column_usage", kList}}};
constexpr std::array<FieldSpec, 4> kUsage = {{{"fk_catalog", kText},
                                              {"fk_db_schema", kText},
                                              {"fk_table", kText, true},
                                              {"fk_column_name", kText, true}}};

class Builder {
 public:
  explicit Builder(const ObjectsFilter& filter) : filter_(filter) {
    if (filter.column_pattern) column_pattern_.emplace(*filter.column_pattern);
  }

  void append(const CatalogObject& catalog, ArrowArray* out) {
    append_optional(out->children[0], catalog.name);
    ArrowArray* list = out->children[1];
    if (filter_.depth == ObjectDepth::kCatalogs) {
      append_null(list);
    } else {
      for (const SchemaObject& schema : catalog.schemas) append(schema, items(out, 1));
      finish(list);
    }
    finish(out);
  }

 private:
  void append(const SchemaObject& schema, ArrowArray* out) {
    append_optional(out->children[0], schema.name);
    ArrowArray* list = out->children[1];
    if (filter_.depth == ObjectDepth::kSchemas) {
      append_null(list);
    } else {
      for (const TableObject& table : schema.tables) append(table, items(out, 1));
      finish(list);
    }
    finish(out);
  }

  void append(const TableObject& table, ArrowArray* out) {
    append_text(out->children[0], table.name);
    append_text(out->children[1], table.type);
    ArrowArray* columns = out->children[2];
    ArrowArray* constraints = out->children[3];
    if (filter_.depth == ObjectDepth::kTables) {
      append_null(columns);
    } else {
      append_columns(table, items(out, 2));
      finish(columns);
    }
    if (filter_.depth == ObjectDepth::kTables && !filter_.constraints) {
      append_null(constraints);
    } else {
      for (const Constraint& key : table.constraints) append(key, items(out, 3));
      finish(constraints);
    }
    finish(out);
  }

  void append_columns(const TableObject& table, ArrowArray* out) {
    if (table.schema_bytes.empty()) return;
    const UniqueSchema schema = decode_table_schema(table.schema_bytes, table.name);
    for (int64_t i = 0; i < schema->n_children; ++i) {
      const ArrowSchema& field = *schema->children[i];
      const std::string_view name = field.name == nullptr ? "" : field.name;
      if (column_pattern_ && !column_pattern_->matches(name)) continue;
      append_column(name, i + 1, column_facts(field), out);
    }
  }

  static void append_column(std::string_view name, int64_t position,
                            const ColumnFacts& facts, ArrowArray* out) {
    ArrowArray** cell = out->children;
    append_text(*cell++, name);
    append_number(*cell++, position);
    append_optional(*cell++, facts.remarks);
    append_number(*cell++, facts.data_type);
    append_text(*cell++, facts.type_name);
    append_optional(*cell++, facts.size);
    append_optional(*cell++, facts.digits);
    append_optional(*cell++, facts.radix);
    append_number(*cell++, facts.nullable ? 1 : 0);
    append_null(*cell++);  // default: not in the protocol
    append_number(*cell++, facts.sql_data_type);
    append_optional(*cell++, facts.datetime_subcode);
    append_optional(*cell++, facts.octets);
    append_text(*cell++, std::string_view(facts.nullable ? "YES" : "NO"));
    append_null(*cell++);  // scopes: of references, which are not in the protocol
    append_null(*cell++);
    append_null(*cell++);
    append_optional(*cell++, facts.auto_increment);
    append_null(*cell++);  // generated: not in the protocol
    finish(out);
  }

  static void append(const Constraint& key, ArrowArray* out) {
    append_optional(out->children[0], key.name);
    append_text(out->children[1], key.type);
    for (const std::string& column : key.columns) {
      append_text(items(out, 2), column);
    }
    finish(out->children[2]);
    ArrowArray* usage = out->children[3];
    if (key.usage.empty()) {
      append_null(usage);
    } else {
      for (const Constraint::Usage& one : key.usage) append(one, items(out, 3));
      finish(usage);
    }
    finish(out);
  }

  static void append(const Constraint::Usage& usage, ArrowArray* out) {
    append_optional(out->children[0], usage.catalog);
    append_optional(out->children[1], usage.schema);
    append_text(out->children[2], usage.table);
    append_text(out->children[3], usage.column);
    finish(out);
  }

  const ObjectsFilter& filter_;
  std::optional<LikePattern> column_pattern_;
};

}  // namespace

bool TableObject::is_view() const { return contains_but_case(type, "VIEW"); }

SchemaObject& CatalogObject::schema(const std::optional<std::string>& wanted) {
  const std::string_view name = wanted ? std::string_view(*wanted) : "";
  // The last ones first: rows of one schema come together.
  const auto found = std::find_if(
      schemas.rbegin(), schemas.rend(),
      [&](const SchemaObject& schema) { return schema.name.value_or("") == name; });
  if (found == schemas.rend()) return schemas.emplace_back(SchemaObject{wanted, {}});
  if (!found->name) found->name = wanted;
  return *found;
}

UniqueSchema objects_schema() {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  set_struct(out.get(), kCatalog);
  out->flags = 0;
  ArrowSchema* db_schema = items(out.get(), 1);
  set_struct(db_schema, kDbSchema);
  ArrowSchema* table = items(db_schema, 1);
  set_struct(table, kTable);
  set_struct(items(table, 2), kColumn);
  ArrowSchema* constraint = items(table, 3);
  set_struct(constraint, kConstraint);
  check_built(ArrowSchemaSetType(items(constraint, 2), kText));
  set_struct(items(constraint, 3), kUsage);
  return out;
}

UniqueArray build_objects(const std::vector<CatalogObject>& catalogs,
                          const ObjectsFilter& filter) {
  return nested::build(*objects_schema().get(), [&](ArrowArray* out) {
    Builder builder(filter);
    for (const CatalogObject& catalog : catalogs) builder.append(catalog, out);
  });
}

}  // namespace fletching
