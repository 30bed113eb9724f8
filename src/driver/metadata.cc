// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "driver/metadata_ask.h"
#include "driver/objects.h"
#include "driver/state.h"
#include "driver/statistics.h"
#include "driver/table_schema.h"

namespace fletching {
namespace {

TableName name_of(const TableRef& table) {
  return {table.catalog, table.schema, table.table};
}

Settings settings_of(Connection::State& state) {
  const std::lock_guard lock(state.mutex);
  return state.settings;
}

Result finish(const std::shared_ptr<Connection::State>& state, const Operation& run,
              std::unique_ptr<ResultStream> stream) {
  const Settings settings = settings_of(*state);
  return make_result(state, settings, run.token, primed(std::move(stream), run.wait),
                     Deadline::after(settings.fetch_timeout));
}

Result metadata(const std::shared_ptr<Connection::State>& state,
                const MetadataRequest& request) {
  const Entry entry(state->generation);
  const Operation run = state->operation(settings_of(*state).query_timeout);
  return finish(state, run, ask_metadata(run.session, request, run.wait));
}

}  // namespace

Result Connection::get_catalogs() {
  return metadata(state_, {.kind = MetadataRequest::Kind::kCatalogs});
}

Result Connection::get_db_schemas(std::optional<std::string> catalog,
                                  std::optional<std::string> schema_pattern) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kDbSchemas,
                           .catalog = std::move(catalog),
                           .schema_pattern = std::move(schema_pattern)});
}

Result Connection::get_tables(const TablesFilter& filter) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kTables,
                           .catalog = filter.catalog,
                           .schema_pattern = filter.schema_pattern,
                           .table_pattern = filter.table_pattern,
                           .table_types = filter.table_types,
                           .include_schema = filter.include_schema});
}

Result Connection::get_table_types() {
  return metadata(state_, {.kind = MetadataRequest::Kind::kTableTypes});
}

Result Connection::get_sql_info(const std::vector<uint32_t>& ids) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kSqlInfo, .info_ids = ids});
}

Result Connection::get_primary_keys(const TableRef& table) {
  return metadata(
      state_, {.kind = MetadataRequest::Kind::kPrimaryKeys, .table = name_of(table)});
}

Result Connection::get_exported_keys(const TableRef& table) {
  return metadata(
      state_, {.kind = MetadataRequest::Kind::kExportedKeys, .table = name_of(table)});
}

Result Connection::get_imported_keys(const TableRef& table) {
  return metadata(
      state_, {.kind = MetadataRequest::Kind::kImportedKeys, .table = name_of(table)});
}

Result Connection::get_cross_reference(const TableRef& primary,
                                       const TableRef& foreign) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kCrossReference,
                           .table = name_of(primary),
                           .foreign_table = name_of(foreign)});
}

Result Connection::get_type_info(std::optional<int32_t> data_type) {
  return metadata(state_,
                  {.kind = MetadataRequest::Kind::kTypeInfo, .data_type = data_type});
}

Result Connection::get_objects(const ObjectsFilter& filter) {
  const Entry entry(state_->generation);
  Settings settings = settings_of(*state_);
  const Operation run = state_->operation(settings.query_timeout);
  // Not read ahead: each batch is the answer to questions of its own.
  settings.prefetch = PrefetchMode::kOff;
  return make_result(state_, settings, run.token,
                     primed(objects_stream(run.session, filter), run.wait),
                     Deadline::after(settings.fetch_timeout));
}

Result Connection::get_statistics(const StatisticsFilter& filter) {
  const Entry entry(state_->generation);
  Settings settings = settings_of(*state_);
  const Operation run = state_->operation(settings.query_timeout);
  // Not read ahead: each batch is the answer to queries of its own.
  settings.prefetch = PrefetchMode::kOff;
  return make_result(state_, settings, run.token,
                     primed(statistics_stream(state_, run, settings, filter), run.wait),
                     Deadline::after(settings.fetch_timeout));
}

void Connection::get_table_schema(std::optional<std::string> catalog,
                                  std::optional<std::string> schema,
                                  std::string_view table, ArrowSchema* out) {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(settings_of(*state_).query_timeout);
  const TableName name{std::move(catalog), std::move(schema), std::string(table)};
  UniqueSchema found = find_table_schema(run.session, name, run.wait);
  ArrowSchemaMove(found.get(), out);
}

std::vector<std::string> Connection::actions() {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(settings_of(*state_).query_timeout);
  return run.session->actions(run.wait);
}

}  // namespace fletching
