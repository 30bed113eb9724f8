// SPDX-License-Identifier: Apache-2.0
// Field numbers: FlightSql.proto.
#include "flightsql/commands.h"

namespace fletching {
namespace {

std::string command(std::string_view name, const ProtoWriter& message) {
  return pack_any("arrow.flight.protocol.sql." + std::string(name), message.str());
}

// The filters are `optional`: an empty one differs from one that was left out.
void add_filter(ProtoWriter& writer, uint32_t field,
                const std::optional<std::string>& filter) {
  if (filter) writer.add_bytes(field, *filter);
}

// Fields first, first + 1, first + 2.
void add_table(ProtoWriter& writer, uint32_t first, const TableName& name) {
  add_filter(writer, first, name.catalog);
  add_filter(writer, first + 1, name.schema);
  writer.add_bytes(first + 2, name.table);
}

}  // namespace

std::string statement_query(std::string_view sql, std::string_view transaction) {
  return command("CommandStatementQuery",
                 ProtoWriter().add_bytes(1, sql).add_bytes_if(2, transaction));
}

std::string statement_update(std::string_view sql, std::string_view transaction) {
  return command("CommandStatementUpdate",
                 ProtoWriter().add_bytes(1, sql).add_bytes_if(2, transaction));
}

ProtoWriter plan_message(const SubstraitPlan& plan) {
  return ProtoWriter().add_bytes(1, plan.bytes).add_bytes_if(2, plan.version);
}

std::string statement_plan(const SubstraitPlan& plan, std::string_view transaction) {
  return command(
      "CommandStatementSubstraitPlan",
      ProtoWriter().add_message(1, plan_message(plan)).add_bytes_if(2, transaction));
}

std::string prepared_query(std::string_view handle) {
  return command("CommandPreparedStatementQuery", ProtoWriter().add_bytes(1, handle));
}

std::string prepared_update(std::string_view handle) {
  return command("CommandPreparedStatementUpdate", ProtoWriter().add_bytes(1, handle));
}

// TableDefinitionOptions: if_not_exist 1 = create, 2 = fail; if_exists 1 = fail,
// 2 = append, 3 = replace.
std::string statement_ingest(const IngestTarget& target, std::string_view transaction) {
  ProtoWriter definition;
  definition.add_uint64(1, target.missing == IngestTarget::Missing::kCreate ? 1 : 2);
  definition.add_uint64(2, static_cast<uint64_t>(target.exists) + 1);
  ProtoWriter writer;
  writer.add_message(1, definition).add_bytes(2, target.table);
  add_filter(writer, 3, target.schema);
  add_filter(writer, 4, target.catalog);
  if (target.temporary) writer.add_bool(5, true);
  writer.add_bytes_if(6, transaction);
  for (const auto& [name, value] : target.options) {
    writer.add_message(1000, ProtoWriter().add_bytes(1, name).add_bytes(2, value));
  }
  return command("CommandStatementIngest", writer);
}

std::string metadata_command(const MetadataRequest& request) {
  ProtoWriter writer;
  switch (request.kind) {
    case MetadataRequest::Kind::kCatalogs:
      return command("CommandGetCatalogs", writer);
    case MetadataRequest::Kind::kDbSchemas:
      add_filter(writer, 1, request.catalog);
      add_filter(writer, 2, request.schema_pattern);
      return command("CommandGetDbSchemas", writer);
    case MetadataRequest::Kind::kTables:
      add_filter(writer, 1, request.catalog);
      add_filter(writer, 2, request.schema_pattern);
      add_filter(writer, 3, request.table_pattern);
      for (const std::string& type : request.table_types) writer.add_bytes(4, type);
      if (request.include_schema) writer.add_bool(5, true);
      return command("CommandGetTables", writer);
    case MetadataRequest::Kind::kTableTypes:
      return command("CommandGetTableTypes", writer);
    case MetadataRequest::Kind::kPrimaryKeys:
      add_table(writer, 1, request.table);
      return command("CommandGetPrimaryKeys", writer);
    case MetadataRequest::Kind::kExportedKeys:
      add_table(writer, 1, request.table);
      return command("CommandGetExportedKeys", writer);
    case MetadataRequest::Kind::kImportedKeys:
      add_table(writer, 1, request.table);
      return command("CommandGetImportedKeys", writer);
    case MetadataRequest::Kind::kCrossReference:
      add_table(writer, 1, request.table);
      add_table(writer, 4, request.foreign_table);
      return command("CommandGetCrossReference", writer);
    case MetadataRequest::Kind::kTypeInfo:
      if (request.data_type) writer.add_int64(1, *request.data_type);
      return command("CommandGetXdbcTypeInfo", writer);
    case MetadataRequest::Kind::kSqlInfo:
      break;
  }
  // proto3 packs repeated numbers, but every reader must take them one by one too.
  for (const uint32_t id : request.info_ids) writer.add_uint64(1, id);
  return command("CommandGetSqlInfo", writer);
}

int64_t update_count(std::string_view app_metadata) {
  // Some servers wrap it in an Any; most send the bare message.
  if (const auto any = unpack_any(app_metadata)) app_metadata = any->value;
  int64_t count = 0;  // proto3 leaves a zero out
  try {
    ProtoReader reader(app_metadata, "DoPutUpdateResult");
    while (const auto field = reader.next()) {
      if (field->key == proto_varint(1)) count = field->as_int64();
    }
  } catch (const Error&) {
    return -1;
  }
  return count < 0 ? -1 : count;
}

}  // namespace fletching
