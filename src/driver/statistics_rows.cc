// SPDX-License-Identifier: Apache-2.0
#include "driver/statistics_rows.h"

#include <array>

#include "driver/nested_fields.h"

namespace fletching {
namespace {

using nested::FieldSpec;
using nested::finish;
using nested::items;

constexpr std::array<FieldSpec, 2> kCatalog = {
    {{"catalog_name", NANOARROW_TYPE_STRING},
     {"catalog_db_schemas", NANOARROW_TYPE_LIST, true}}};
constexpr std::array<FieldSpec, 2> kDbSchema = {
    {{"db_schema_name", NANOARROW_TYPE_STRING},
     {"db_schema_statistics", NANOARROW_TYPE_LIST, true}}};
constexpr std::array<FieldSpec, 5> kStatistic = {
    {{"table_name", NANOARROW_TYPE_STRING, true},
     {"column_name", NANOARROW_TYPE_STRING},
     {"statistic_key", NANOARROW_TYPE_INT16, true},
     {"statistic_value", NANOARROW_TYPE_UNINITIALIZED, true},
     {"statistic_is_approximate", NANOARROW_TYPE_BOOL, true}}};
constexpr std::array<FieldSpec, 4> kValues = {{{"int64", NANOARROW_TYPE_INT64},
                                               {"uint64", NANOARROW_TYPE_UINT64},
                                               {"float64", NANOARROW_TYPE_DOUBLE},
                                               {"binary", NANOARROW_TYPE_BINARY}}};

void set_value(ArrowSchema* out) {
  out->release(out);
  ArrowSchemaInit(out);
  check_built(
      ArrowSchemaSetTypeUnion(out, NANOARROW_TYPE_DENSE_UNION, std::ssize(kValues)));
  check_built(ArrowSchemaSetName(out, kStatistic[3].name));
  out->flags = 0;
  for (size_t i = 0; i < kValues.size(); ++i) {
    check_built(ArrowSchemaSetType(out->children[i], kValues[i].type));
    check_built(ArrowSchemaSetName(out->children[i], kValues[i].name));
  }
}

struct AppendValue {
  ArrowArray* out;

  void operator()(int64_t value) const { check_built(ArrowArrayAppendInt(out, value)); }
  void operator()(uint64_t value) const {
    check_built(ArrowArrayAppendUInt(out, value));
  }
  void operator()(double value) const {
    check_built(ArrowArrayAppendDouble(out, value));
  }
  void operator()(const std::string& value) const {
    check_built(ArrowArrayAppendBytes(
        out, {{value.data()}, static_cast<int64_t>(value.size())}));
  }
};

void append(const std::string& table, const Statistic& one, ArrowArray* out) {
  append_text(out->children[0], table);
  nested::append_optional(out->children[1], one.column);
  nested::append_number(out->children[2], static_cast<int16_t>(one.key));
  ArrowArray* value = out->children[3];
  const size_t child = one.value.index();
  std::visit(AppendValue{value->children[child]}, one.value);
  check_built(ArrowArrayFinishUnionElement(value, static_cast<int8_t>(child)));
  nested::append_number(out->children[4], 0);  // all are counted
  finish(out);
}

}  // namespace

UniqueSchema statistics_schema() {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  nested::set_struct(out.get(), kCatalog);
  out->flags = 0;
  ArrowSchema* db_schema = items(out.get(), 1);
  nested::set_struct(db_schema, kDbSchema);
  ArrowSchema* statistic = items(db_schema, 1);
  nested::set_struct(statistic, kStatistic);
  set_value(statistic->children[3]);
  return out;
}

UniqueArray build_statistics(const TableName& table,
                             const std::vector<Statistic>& found) {
  return nested::build(*statistics_schema().get(), [&](ArrowArray* catalog) {
    nested::append_optional(catalog->children[0], table.catalog);
    ArrowArray* db_schema = items(catalog, 1);
    nested::append_optional(db_schema->children[0], table.schema);
    for (const Statistic& one : found) append(table.table, one, items(db_schema, 1));
    finish(db_schema->children[1]);
    finish(db_schema);
    finish(catalog->children[1]);
    finish(catalog);
  });
}

}  // namespace fletching
