// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.hpp>

#include "bindings/adbc/calls.h"
#include "bindings/adbc/info.h"
#include "bindings/adbc/option_calls.h"
#include "bindings/adbc/stream.h"

namespace fletching::adbc {
namespace {

std::optional<std::string> filter(const char* value) {
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

ObjectDepth depth_of(int depth) {
  switch (depth) {
    case ADBC_OBJECT_DEPTH_CATALOGS:
      return ObjectDepth::kCatalogs;
    case ADBC_OBJECT_DEPTH_DB_SCHEMAS:
      return ObjectDepth::kSchemas;
    case ADBC_OBJECT_DEPTH_TABLES:
      return ObjectDepth::kTables;
    case ADBC_OBJECT_DEPTH_ALL:
      return ObjectDepth::kColumns;
    default:
      throw Error(Code::kInvalidArgument,
                  "GetObjects: there is no depth " + std::to_string(depth));
  }
}

AdbcStatusCode connection_new(AdbcConnection* connection, AdbcError* error) {
  return guarded(error, [&] {
    out_of(connection, "AdbcConnectionNew").private_data = new ConnectionHandle();
  });
}

AdbcStatusCode connection_init(AdbcConnection* connection, AdbcDatabase* database,
                               AdbcError* error) {
  return guarded(error, [&] { of(connection).init(of(database)); });
}

AdbcStatusCode connection_release(AdbcConnection* connection, AdbcError* error) {
  return guarded(error, [&] {
    ConnectionHandle& handle = of(connection);
    if (handle.connection) handle.connection->close();
    release<ConnectionHandle>(connection, "AdbcConnection");
  });
}

AdbcStatusCode connection_cancel(AdbcConnection* connection, AdbcError* error) {
  return guarded(error, [&] { of(connection).open().cancel(); });
}

AdbcStatusCode connection_commit(AdbcConnection* connection, AdbcError* error) {
  return guarded(error, [&] {
    Connection& open = of(connection).open();
    if (open.autocommit()) {
      throw Error(Code::kInvalidState, "commit: autocommit is on, so nothing is open");
    }
    open.commit();
  });
}

AdbcStatusCode connection_rollback(AdbcConnection* connection, AdbcError* error) {
  return guarded(error, [&] {
    Connection& open = of(connection).open();
    if (open.autocommit()) {
      throw Error(Code::kInvalidState,
                  "rollback: autocommit is on, so nothing is open");
    }
    open.rollback();
  });
}

AdbcStatusCode connection_info(AdbcConnection* connection, const uint32_t* codes,
                               size_t count, ArrowArrayStream* out, AdbcError* error) {
  return guarded(error, [&] {
    Connection& open = of(connection).open();
    get_info(open, {codes, codes == nullptr ? 0 : count}, &out_of(out, "GetInfo"));
  });
}

AdbcStatusCode connection_objects(AdbcConnection* connection, int depth,
                                  const char* catalog, const char* schema,
                                  const char* table, const char** types,
                                  const char* column, ArrowArrayStream* out,
                                  AdbcError* error) {
  return guarded(error, [&] {
    ObjectsFilter wanted{.depth = depth_of(depth),
                         .catalog = filter(catalog),
                         .schema_pattern = filter(schema),
                         .table_pattern = filter(table),
                         .column_pattern = filter(column),
                         .catalog_is_pattern = true};
    for (; types != nullptr && *types != nullptr; ++types) {
      wanted.table_types.emplace_back(*types);
    }
    Connection& open = of(connection).open();
    ArrowArrayStream& stream = out_of(out, "GetObjects");
    export_result(open.get_objects(wanted), &stream);
  });
}

AdbcStatusCode connection_table_schema(AdbcConnection* connection, const char* catalog,
                                       const char* schema, const char* table,
                                       ArrowSchema* out, AdbcError* error) {
  return guarded(error, [&] {
    Connection& open = of(connection).open();
    open.get_table_schema(filter(catalog), filter(schema),
                          text(table, "GetTableSchema: the table"),
                          &out_of(out, "GetTableSchema"));
  });
}

AdbcStatusCode connection_table_types(AdbcConnection* connection, ArrowArrayStream* out,
                                      AdbcError* error) {
  return guarded(error, [&] {
    Connection& open = of(connection).open();
    ArrowArrayStream& stream = out_of(out, "GetTableTypes");
    export_result(open.get_table_types(), &stream);
  });
}

AdbcStatusCode connection_read_partition(AdbcConnection* connection,
                                         const uint8_t* bytes, size_t length,
                                         ArrowArrayStream* out, AdbcError* error) {
  return guarded(error, [&] {
    if (bytes == nullptr) {
      throw Error(Code::kInvalidArgument, "partition: it is null");
    }
    const std::string_view partition(reinterpret_cast<const char*>(bytes), length);
    Connection& open = of(connection).open();
    ArrowArrayStream& stream = out_of(out, "ReadPartition");
    export_result(open.read_partition(partition), &stream);
  });
}

AdbcStatusCode connection_statistics(AdbcConnection* connection, const char* catalog,
                                     const char* schema, const char* table,
                                     char approximate, ArrowArrayStream* out,
                                     AdbcError* error) {
  return guarded(error, [&] {
    const StatisticsFilter wanted{.catalog = filter(catalog),
                                  .schema_pattern = filter(schema),
                                  .table_pattern = filter(table),
                                  .approximate = approximate != 0,
                                  .catalog_is_pattern = true};
    Connection& open = of(connection).open();
    ArrowArrayStream& stream = out_of(out, "GetStatistics");
    export_result(open.get_statistics(wanted), &stream);
  });
}

// No statistic beside ADBC's own has a name, so there are no rows.
AdbcStatusCode connection_statistic_names(AdbcConnection* connection,
                                          ArrowArrayStream* out, AdbcError* error) {
  return guarded(error, [&] {
    static_cast<void>(of(connection).open());
    ArrowArrayStream& stream = out_of(out, "GetStatisticNames");
    UniqueSchema schema;
    ArrowSchemaInit(schema.get());
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema.get(), 2));
    constexpr ArrowType kTypes[] = {NANOARROW_TYPE_STRING, NANOARROW_TYPE_INT16};
    constexpr const char* kNames[] = {"statistic_name", "statistic_key"};
    for (int i = 0; i < 2; ++i) {
      ArrowSchema* child = schema->children[i];
      NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(child, kTypes[i]));
      NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(child, kNames[i]));
      child->flags &= ~static_cast<int64_t>(ARROW_FLAG_NULLABLE);
    }
    export_no_rows(std::move(schema), &stream);
  });
}

}  // namespace

void fill_connection_calls(AdbcDriver& driver, bool with_1_1) noexcept {
  using Options = OptionCalls<AdbcConnection>;
  driver.ConnectionNew = connection_new;
  driver.ConnectionInit = connection_init;
  driver.ConnectionRelease = connection_release;
  driver.ConnectionSetOption = Options::set;
  driver.ConnectionCommit = connection_commit;
  driver.ConnectionRollback = connection_rollback;
  driver.ConnectionGetInfo = connection_info;
  driver.ConnectionGetObjects = connection_objects;
  driver.ConnectionGetTableSchema = connection_table_schema;
  driver.ConnectionGetTableTypes = connection_table_types;
  driver.ConnectionReadPartition = connection_read_partition;
  if (!with_1_1) return;
  driver.ConnectionCancel = connection_cancel;
  driver.ConnectionGetStatistics = connection_statistics;
  driver.ConnectionGetStatisticNames = connection_statistic_names;
  driver.ConnectionSetOptionBytes = Options::set_bytes;
  driver.ConnectionSetOptionInt = Options::set_int;
  driver.ConnectionSetOptionDouble = Options::set_double;
  driver.ConnectionGetOption = Options::get;
  driver.ConnectionGetOptionBytes = Options::get_bytes;
  driver.ConnectionGetOptionInt = Options::get_int;
  driver.ConnectionGetOptionDouble = Options::get_double;
}

}  // namespace fletching::adbc
