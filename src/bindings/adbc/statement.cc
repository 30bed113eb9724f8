// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <array>

#include "bindings/adbc/handles.h"
#include "bindings/adbc/options.h"

namespace fletching::adbc {
namespace {

constexpr std::string_view kByName = "adbc.statement.bind_by_name";
constexpr std::string_view kPlanVersion = "adbc.flight.sql.substrait.version";

IngestOptions::Mode mode_of(std::string_view value) {
  using Mode = IngestOptions::Mode;
  if (value == ADBC_INGEST_OPTION_MODE_CREATE) return Mode::kCreate;
  if (value == ADBC_INGEST_OPTION_MODE_APPEND) return Mode::kAppend;
  if (value == ADBC_INGEST_OPTION_MODE_REPLACE) return Mode::kReplace;
  if (value == ADBC_INGEST_OPTION_MODE_CREATE_APPEND) return Mode::kCreateAppend;
  throw Error(Code::kInvalidArgument,
              "option " ADBC_INGEST_OPTION_MODE ": '" + std::string(value) +
                  "' is not one of " ADBC_INGEST_OPTION_MODE_CREATE
                  ", .append, .replace, .create_append");
}

// Empty means none given, as ADBC's own drivers have it.
std::optional<std::string> place_of(const std::string& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

// Whether the option is one of bulk ingest's.
bool set_target(std::optional<IngestOptions>& target, std::string_view name,
                const std::string& value) {
  if (!name.starts_with("adbc.ingest.")) return false;
  if (!target) target.emplace();
  if (name == ADBC_INGEST_OPTION_TARGET_TABLE) {
    target->table = value;
  } else if (name == ADBC_INGEST_OPTION_MODE) {
    target->mode = mode_of(value);
  } else if (name == ADBC_INGEST_OPTION_TARGET_CATALOG) {
    target->catalog = place_of(value);
  } else if (name == ADBC_INGEST_OPTION_TARGET_DB_SCHEMA) {
    target->schema = place_of(value);
  } else if (name == ADBC_INGEST_OPTION_TEMPORARY) {
    target->temporary = to_bool(name, value);
  } else {
    throw Error(Code::kNotImplemented,
                "option " + std::string(name) + ": there is no such option of ingest");
  }
  return true;
}

}  // namespace

StatementHandle::StatementHandle(ConnectionHandle& parent)
    : connection_options(parent.options),
      database_options(parent.database_options),
      connection(parent.open()),
      statement(connection.statement()) {}

void StatementHandle::set_option(std::string_view name, std::string value) {
  if (set_target(target, name, value)) {
    // A target takes the place of a text, and the other way round.
    sql.reset();
    plan.reset();
    is_prepared = false;
  } else if (name == ADBC_STATEMENT_OPTION_INCREMENTAL) {
    is_incremental = to_bool(name, value);
    statement.set_progress(
        is_incremental
            ? [this](const ResultProgress& now) { progress.store(now.fraction); }
            : ProgressListener());
  } else if (name == kByName) {
    by_name = to_bool(name, value);
    is_prepared = false;
  } else if (name == kPlanVersion) {
    plan_version = value;
    is_prepared = false;
  } else if (!has_no_effect(name)) {
    statement.set_option(name, value);
  }
  options[std::string(name)] = std::move(value);
}

std::string StatementHandle::get_option(std::string_view name) {
  if (name == ADBC_STATEMENT_OPTION_PROGRESS) {
    return from_double(std::max(progress.load(), 0.0));
  }
  if (name == ADBC_STATEMENT_OPTION_MAX_PROGRESS) return "1";
  if (name == ADBC_STATEMENT_OPTION_INCREMENTAL) {
    return is_incremental ? "true" : "false";
  }
  return option_value(name, {&options, &connection_options, &database_options});
}

void StatementHandle::set_sql(std::string_view text) {
  sql = text;
  plan.reset();
  is_prepared = false;
  target.reset();
  bound.reset();  // rows for another text
}

void StatementHandle::set_plan(std::string_view bytes) {
  plan = std::string(bytes);
  sql.reset();
  is_prepared = false;
  target.reset();
  bound.reset();
}

SubstraitPlan StatementHandle::substrait() const { return {*plan, plan_version}; }

const std::string& StatementHandle::text() const {
  if (sql) return *sql;
  throw Error(Code::kInvalidState,
              "the statement has no text (call AdbcStatementSetSqlQuery or "
              "AdbcStatementSetSubstraitPlan)");
}

void StatementHandle::prepare() {
  if (is_prepared) return;
  if (plan) {
    statement.prepare_substrait(substrait());
    is_prepared = true;
    return;
  }
  // ADBC does not say how placeholders are written: as the text has them.
  constexpr std::array kStyles = {ParameterStyle::kQmark, ParameterStyle::kNumeric,
                                  ParameterStyle::kNamed};
  for (const ParameterStyle style : kStyles) {
    if (by_name && style != ParameterStyle::kNamed) continue;
    statement.prepare(text(), style);
    if (!statement.parameter_names().empty()) break;
  }
  is_prepared = true;
}

std::pair<Result, int64_t> StatementHandle::execute() {
  if (target) {
    if (bound->release == nullptr) {
      throw Error(Code::kInvalidState, "ingest: no rows are bound (AdbcStatementBind)");
    }
    UniqueArrayStream rows = std::move(bound);
    return {Result(), statement.ingest(*target, rows.get())};
  }
  Result result = run();
  const int64_t rows = result.rows_affected();
  return {std::move(result), rows};
}

Result StatementHandle::run() {
  if (bound->release != nullptr) {
    bind_and_prepare();
    return statement.execute();
  }
  if (!plan) return statement.execute(text());
  return is_prepared ? statement.execute() : statement.execute_substrait(substrait());
}

void StatementHandle::bind_and_prepare() {
  UniqueArrayStream rows = std::move(bound);
  prepare();
  statement.bind(rows.get());
}

std::vector<std::string> StatementHandle::partitions(ArrowSchema* out) {
  if (is_incremental) {
    throw Error(Code::kNotImplemented,
                "partitions: they are given out all at once, when the query has been "
                "planned (switch " ADBC_STATEMENT_OPTION_INCREMENTAL " off)");
  }
  if (target) {
    throw Error(Code::kInvalidState, "partitions: of a query, and this is an ingest");
  }
  if (bound->release != nullptr) {
    bind_and_prepare();
    is_prepared = false;
    return statement.execute_partitions(out);
  }
  if (plan) return statement.execute_partitions(substrait(), out);
  return statement.execute_partitions(text(), out);
}

void StatementHandle::result_schema(ArrowSchema* out) {
  if (plan) return statement.execute_schema(substrait(), out);
  statement.execute_schema(text(), out);
}

void StatementHandle::parameter_schema(ArrowSchema* out) {
  prepare();
  if (statement.parameter_schema(out)) return;
  if (plan) {
    throw Error(Code::kNotImplemented,
                "parameter schema: the server does not tell what this plan takes");
  }
  // The server does not say: ADBC wants the null type for each.
  const std::vector<std::string> names = statement.parameter_names();
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  NANOARROW_THROW_NOT_OK(
      ArrowSchemaSetTypeStruct(schema.get(), static_cast<int64_t>(names.size())));
  for (size_t i = 0; i < names.size(); ++i) {
    ArrowSchema* child = schema->children[i];
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(child, NANOARROW_TYPE_NA));
    const std::string& name = names[i];
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(
        child, name.empty() ? std::to_string(i).c_str() : name.c_str()));
  }
  ArrowSchemaMove(schema.get(), out);
}

}  // namespace fletching::adbc
