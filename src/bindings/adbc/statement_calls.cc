// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/calls.h"
#include "bindings/adbc/option_calls.h"
#include "bindings/adbc/partitions.h"
#include "bindings/adbc/stream.h"

namespace fletching::adbc {
namespace {

AdbcStatusCode statement_new(AdbcConnection* connection, AdbcStatement* statement,
                             AdbcError* error) {
  return guarded(error, [&] {
    ConnectionHandle& parent = of(connection);
    out_of(statement, "AdbcStatementNew").private_data = new StatementHandle(parent);
  });
}

// What it has begun goes on: its results may still be read.
AdbcStatusCode statement_release(AdbcStatement* statement, AdbcError* error) {
  return guarded(error, [&] { release<StatementHandle>(statement, "AdbcStatement"); });
}

AdbcStatusCode statement_set_sql(AdbcStatement* statement, const char* sql,
                                 AdbcError* error) {
  return guarded(error, [&] {
    of(statement).set_sql(text(sql, "AdbcStatementSetSqlQuery: the text"));
  });
}

AdbcStatusCode statement_set_substrait(AdbcStatement* statement, const uint8_t* plan,
                                       size_t length, AdbcError* error) {
  return guarded(error, [&] {
    StatementHandle& handle = of(statement);
    if (plan == nullptr) {
      throw Error(Code::kInvalidArgument, "SetSubstraitPlan: the plan is null");
    }
    handle.set_plan({reinterpret_cast<const char*>(plan), length});
  });
}

AdbcStatusCode statement_prepare(AdbcStatement* statement, AdbcError* error) {
  return guarded(error, [&] { of(statement).prepare(); });
}

AdbcStatusCode statement_bind(AdbcStatement* statement, ArrowArray* values,
                              ArrowSchema* schema, AdbcError* error) {
  return guarded(error, [&] {
    if (values == nullptr || schema == nullptr || values->release == nullptr ||
        schema->release == nullptr) {
      throw Error(Code::kInvalidArgument, "bind: the array or its schema is missing");
    }
    UniqueSchema taken_schema;
    UniqueArray taken;
    ArrowSchemaMove(schema, taken_schema.get());
    ArrowArrayMove(values, taken.get());
    UniqueArrayStream rows;
    export_array(std::move(taken_schema), std::move(taken), rows.get());
    of(statement).bind(std::move(rows));
  });
}

AdbcStatusCode statement_bind_stream(AdbcStatement* statement, ArrowArrayStream* stream,
                                     AdbcError* error) {
  return guarded(error, [&] {
    if (stream == nullptr || stream->release == nullptr) {
      throw Error(Code::kInvalidArgument, "bind: the stream is missing or was read");
    }
    UniqueArrayStream rows;
    ArrowArrayStreamMove(stream, rows.get());
    of(statement).bind(std::move(rows));
  });
}

// Without `out` the statement is run for its effect: rows that come are dropped.
AdbcStatusCode statement_execute(AdbcStatement* statement, ArrowArrayStream* out,
                                 int64_t* rows_affected, AdbcError* error) {
  return guarded(error, [&] {
    auto [result, rows] = of(statement).execute();
    if (rows_affected != nullptr) *rows_affected = rows;
    if (out != nullptr) export_result(std::move(result), out);
  });
}

AdbcStatusCode statement_execute_schema(AdbcStatement* statement, ArrowSchema* out,
                                        AdbcError* error) {
  return guarded(error, [&] {
    StatementHandle& handle = of(statement);
    handle.result_schema(&out_of(out, "ExecuteSchema"));
  });
}

AdbcStatusCode statement_execute_partitions(AdbcStatement* statement,
                                            ArrowSchema* schema,
                                            AdbcPartitions* partitions,
                                            int64_t* rows_affected, AdbcError* error) {
  return guarded(error, [&] {
    StatementHandle& handle = of(statement);
    AdbcPartitions& out = out_of(partitions, "ExecutePartitions");
    give_partitions(handle.partitions(schema), &out);
    if (rows_affected != nullptr) *rows_affected = -1;
  });
}

AdbcStatusCode statement_parameter_schema(AdbcStatement* statement, ArrowSchema* out,
                                          AdbcError* error) {
  return guarded(error, [&] {
    StatementHandle& handle = of(statement);
    handle.parameter_schema(&out_of(out, "GetParameterSchema"));
  });
}

AdbcStatusCode statement_cancel(AdbcStatement* statement, AdbcError* error) {
  return guarded(error, [&] { of(statement).statement.cancel(); });
}

}  // namespace

void fill_statement_calls(AdbcDriver& driver, bool with_1_1) noexcept {
  using Options = OptionCalls<AdbcStatement>;
  driver.StatementNew = statement_new;
  driver.StatementRelease = statement_release;
  driver.StatementSetOption = Options::set;
  driver.StatementSetSqlQuery = statement_set_sql;
  driver.StatementSetSubstraitPlan = statement_set_substrait;
  driver.StatementPrepare = statement_prepare;
  driver.StatementBind = statement_bind;
  driver.StatementBindStream = statement_bind_stream;
  driver.StatementExecuteQuery = statement_execute;
  driver.StatementExecutePartitions = statement_execute_partitions;
  driver.StatementGetParameterSchema = statement_parameter_schema;
  if (!with_1_1) return;
  driver.StatementCancel = statement_cancel;
  driver.StatementExecuteSchema = statement_execute_schema;
  driver.StatementSetOptionBytes = Options::set_bytes;
  driver.StatementSetOptionInt = Options::set_int;
  driver.StatementSetOptionDouble = Options::set_double;
  driver.StatementGetOption = Options::get;
  driver.StatementGetOptionBytes = Options::get_bytes;
  driver.StatementGetOptionInt = Options::get_int;
  driver.StatementGetOptionDouble = Options::get_double;
}

}  // namespace fletching::adbc
