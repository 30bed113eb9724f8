// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_schema.h"

#include <new>
#include <string>

#include "fletching/error.h"

namespace fletching {
namespace {

using enum CellType;
using Kind = MetadataRequest::Kind;

constexpr bool kNotNull = true;
constexpr bool kMayBeNull = false;

constexpr std::array<MetadataColumn, 1> kCatalogs = {{
    {"catalog_name", kText, kNotNull, "table_cat"},
}};
constexpr std::array<MetadataColumn, 2> kDbSchemas = {{
    {"catalog_name", kText, kMayBeNull, "table_catalog"},
    {"db_schema_name", kText, kNotNull, "table_schem"},
}};
constexpr std::array<MetadataColumn, 5> kTables = {{
    {"catalog_name", kText, kMayBeNull, "table_cat"},
    {"db_schema_name", kText, kMayBeNull, "table_schem"},
    {"table_name", kText, kNotNull},
    {"table_type", kText, kNotNull},
    {"table_schema", kBinary, kNotNull},  // where it was asked for
}};
constexpr std::array<MetadataColumn, 1> kTableTypes = {{
    {"table_type", kText, kNotNull},
}};
constexpr std::array<MetadataColumn, 6> kPrimaryKeys = {{
    {"catalog_name", kText, kMayBeNull, "table_cat"},
    {"db_schema_name", kText, kMayBeNull, "table_schem"},
    {"table_name", kText, kNotNull},
    {"column_name", kText, kNotNull},
    {"key_name", kText, kMayBeNull, "pk_name"},
    {"key_sequence", kInt32, kNotNull, "key_seq"},
}};
constexpr std::array<MetadataColumn, 13> kForeignKeys = {{
    {"pk_catalog_name", kText, kMayBeNull, "pktable_cat"},
    {"pk_db_schema_name", kText, kMayBeNull, "pktable_schem"},
    {"pk_table_name", kText, kNotNull, "pktable_name"},
    {"pk_column_name", kText, kNotNull, "pkcolumn_name"},
    {"fk_catalog_name", kText, kMayBeNull, "fktable_cat"},
    {"fk_db_schema_name", kText, kMayBeNull, "fktable_schem"},
    {"fk_table_name", kText, kNotNull, "fktable_name"},
    {"fk_column_name", kText, kNotNull, "fkcolumn_name"},
    {"key_sequence", kInt32, kNotNull, "key_seq"},
    {"fk_key_name", kText, kMayBeNull, "fk_name"},
    {"pk_key_name", kText, kMayBeNull, "pk_name"},
    {"update_rule", kUint8, kNotNull},
    {"delete_rule", kUint8, kNotNull},
}};
constexpr std::array<MetadataColumn, 19> kTypeInfo = {{
    {"type_name", kText, kNotNull},
    {"data_type", kInt32, kNotNull},
    {"column_size", kInt32, kMayBeNull, "precision"},
    {"literal_prefix", kText, kMayBeNull},
    {"literal_suffix", kText, kMayBeNull},
    {"create_params", kTextList, kMayBeNull},
    {"nullable", kInt32, kNotNull},
    {"case_sensitive", kBool, kNotNull},
    {"searchable", kInt32, kNotNull},
    {"unsigned_attribute", kBool, kMayBeNull},
    {"fixed_prec_scale", kBool, kNotNull},
    {"auto_increment", kBool, kMayBeNull, "auto_unique_value"},
    {"local_type_name", kText, kMayBeNull},
    {"minimum_scale", kInt32, kMayBeNull},
    {"maximum_scale", kInt32, kMayBeNull},
    {"sql_data_type", kInt32, kNotNull},
    {"datetime_subcode", kInt32, kMayBeNull, "sql_datetime_sub"},
    {"num_prec_radix", kInt32, kMayBeNull},
    {"interval_precision", kInt32, kMayBeNull},
}};
constexpr std::array<MetadataColumn, 2> kSqlInfo = {{
    {"info_name", kUint32, kNotNull},
    {"value", kInfoValue, kNotNull},
}};

void check(ArrowErrorCode code) {
  if (code == ENOMEM) throw std::bad_alloc();
  if (code != NANOARROW_OK) {
    throw Error(Code::kInternal, "metadata: a schema could not be made");
  }
}

void set_list_of_text(ArrowSchema* out, bool items_may_be_null) {
  check(ArrowSchemaSetType(out, NANOARROW_TYPE_LIST));
  check(ArrowSchemaSetType(out->children[0], NANOARROW_TYPE_STRING));
  if (!items_may_be_null) out->children[0]->flags = 0;
}

void set_map(ArrowSchema* out) {
  check(ArrowSchemaSetType(out, NANOARROW_TYPE_MAP));
  ArrowSchema* entries = out->children[0];
  check(ArrowSchemaSetType(entries->children[0], NANOARROW_TYPE_INT32));
  entries->children[0]->flags = 0;
  check(ArrowSchemaSetType(entries->children[1], NANOARROW_TYPE_LIST));
  check(ArrowSchemaSetType(entries->children[1]->children[0], NANOARROW_TYPE_INT32));
}

void set_info_value(ArrowSchema* out) {
  check(ArrowSchemaSetTypeUnion(out, NANOARROW_TYPE_DENSE_UNION, 6));
  constexpr std::array<const char*, 6> kNames = {
      "string_value",  "bool_value",  "bigint_value",
      "int32_bitmask", "string_list", "int32_to_int32_list_map"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    check(ArrowSchemaSetName(out->children[i], kNames[i]));
  }
  check(ArrowSchemaSetType(out->children[0], NANOARROW_TYPE_STRING));
  check(ArrowSchemaSetType(out->children[1], NANOARROW_TYPE_BOOL));
  check(ArrowSchemaSetType(out->children[2], NANOARROW_TYPE_INT64));
  check(ArrowSchemaSetType(out->children[3], NANOARROW_TYPE_INT32));
  set_list_of_text(out->children[4], true);
  set_map(out->children[5]);
}

void set_type(ArrowSchema* out, CellType type) {
  switch (type) {
    case kText:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_STRING));
    case kBinary:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_BINARY));
    case kInt32:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT32));
    case kUint32:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_UINT32));
    case kUint8:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_UINT8));
    case kBool:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_BOOL));
    case kTextList:
      return set_list_of_text(out, false);
    case kInfoValue:
      return set_info_value(out);
  }
}

}  // namespace

std::span<const MetadataColumn> metadata_columns(const MetadataRequest& request) {
  switch (request.kind) {
    case Kind::kCatalogs:
      return kCatalogs;
    case Kind::kDbSchemas:
      return kDbSchemas;
    case Kind::kTables:
      return std::span(kTables).first(request.include_schema ? 5 : 4);
    case Kind::kTableTypes:
      return kTableTypes;
    case Kind::kPrimaryKeys:
      return kPrimaryKeys;
    case Kind::kExportedKeys:
    case Kind::kImportedKeys:
    case Kind::kCrossReference:
      return kForeignKeys;
    case Kind::kTypeInfo:
      return kTypeInfo;
    case Kind::kSqlInfo:
      break;
  }
  return kSqlInfo;
}

UniqueSchema metadata_schema(std::span<const MetadataColumn> columns) {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  check(ArrowSchemaSetTypeStruct(out.get(), static_cast<int64_t>(columns.size())));
  out->flags = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    ArrowSchema* child = out->children[i];
    set_type(child, columns[i].type);
    check(ArrowSchemaSetName(child, std::string(columns[i].name).c_str()));
    child->flags = columns[i].required ? 0 : ARROW_FLAG_NULLABLE;
  }
  return out;
}

std::string_view command_name(Kind kind) {
  switch (kind) {
    case Kind::kCatalogs:
      return "GetCatalogs";
    case Kind::kDbSchemas:
      return "GetDbSchemas";
    case Kind::kTables:
      return "GetTables";
    case Kind::kTableTypes:
      return "GetTableTypes";
    case Kind::kPrimaryKeys:
      return "GetPrimaryKeys";
    case Kind::kExportedKeys:
      return "GetExportedKeys";
    case Kind::kImportedKeys:
      return "GetImportedKeys";
    case Kind::kCrossReference:
      return "GetCrossReference";
    case Kind::kTypeInfo:
      return "GetXdbcTypeInfo";
    case Kind::kSqlInfo:
      break;
  }
  return "GetSqlInfo";
}

}  // namespace fletching
