// SPDX-License-Identifier: Apache-2.0
#include "flink/query.h"

#include <nanoarrow/nanoarrow.hpp>

#include <utility>

#include "backend/sql_limit.h"
#include "backend/sql_text.h"
#include "base/log.h"
#include "flink/statement_stream.h"

namespace fletching::flink {
namespace {

// Of the planner, for a source without an end in batch mode: nothing has run.
bool has_no_end(const Error& e) {
  return e.message().find("unbounded table") != std::string::npos &&
         e.message().find("in batch mode is not allowed") != std::string::npos;
}

class FlinkQuery final : public Query {
 public:
  FlinkQuery(std::shared_ptr<Statements> statements, std::string_view sql)
      : statements_(std::move(statements)), sql_(sql) {}

  void set_flink_options(const StatementOptions& options) override {
    options_ = options;
  }

  std::unique_ptr<ResultStream> execute(const Wait& wait) override {
    return run(options_, wait);
  }

  // INSERT: in streaming mode its job goes on, and its row names it; else it is waited
  // for.
  std::optional<int64_t> execute_update(const Wait& wait) override {
    const bool goes_on =
        options_.mode == Mode::kStreaming || options_.mode == Mode::kServer;
    if (goes_on && is_insert()) return std::nullopt;
    StatementOptions options = options_;
    if (is_gateway()) options.properties.try_emplace("table.dml-sync", "true");
    const auto stream = run(options, wait);
    for (Batch batch; stream->next(batch, wait) == Next::kBatch; batch = Batch()) {
    }
    return -1;  // neither server counts
  }

  UniqueSchema result_schema(const Wait& wait) override {
    if (statements_->capabilities().dry_run) return schema_of_dry_run(wait);
    // A gateway tells columns with rows alone; of a query that has none it is quick.
    FlinkQuery none(statements_, without_rows());
    none.set_flink_options(options_);
    const auto stream = none.execute(wait);
    UniqueSchema schema;
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&stream->schema(wait), schema.get()));
    return schema;
  }

 private:
  [[nodiscard]] bool is_gateway() const {
    return statements_->options().server == ServerKind::kGateway;
  }
  [[nodiscard]] bool is_insert() const {
    return is_keyword(first_keyword(sql_, *find_dialect("flink")), "insert");
  }

  [[nodiscard]] std::string without_rows() const {
    const SqlDialect& dialect = *find_dialect("flink");
    if (auto limited = with_limit(sql_, 0, dialect)) return *std::move(limited);
    const std::string_view first = first_keyword(sql_, dialect);
    if (!is_keyword(first, "select") && !is_keyword(first, "values") &&
        !is_keyword(first, "with")) {
      throw Error(Code::kNotImplemented,
                  "schema of a statement: a Flink SQL Gateway tells it beforehand of "
                  "queries alone (execute it)");
    }
    const size_t end = sql_.find_last_not_of("; \t\r\n");
    return "SELECT * FROM (\n" + sql_.substr(0, end + 1) + "\n) LIMIT 0";
  }

  std::unique_ptr<ResultStream> run(StatementOptions options, const Wait& wait) {
    if (options.mode != Mode::kAuto || !is_gateway()) return start(options, wait);
    try {
      auto stream = start(options, wait);
      static_cast<void>(stream->schema(wait));  // it has been planned
      return stream;
    } catch (const Error& e) {
      if (!has_no_end(e)) throw;
    }
    log(LogLevel::kInfo, "Flink: a table has no end, so the query goes on");
    options.mode = Mode::kStreaming;
    options.properties.erase("table.dml-sync");
    return start(options, wait);
  }

  std::unique_ptr<ResultStream> start(StatementOptions options, const Wait& wait) {
    if (options.changelog == ChangelogRows::kAuto) {
      const bool goes_on =
          options.mode == Mode::kStreaming || options.mode == Mode::kServer;
      options.changelog = goes_on ? ChangelogRows::kColumn : ChangelogRows::kRefuse;
    }
    Statement statement = statements_->submit(sql_, options, wait);
    const std::string name = statement.name;
    if (options.submitted != nullptr) options.submitted->set(name);
    try {
      statement = statements_->ready(std::move(statement), wait);
      return read_statement_rows(statements_, std::move(statement), options, wait);
    } catch (...) {
      if (!options.keep) remove_soon(*statements_, name);
      throw;
    }
  }

  UniqueSchema schema_of_dry_run(const Wait& wait) {
    StatementOptions options = options_;
    options.dry_run = true;
    options.keep = true;  // it was never kept
    Statement statement = statements_->submit(sql_, options, wait);
    statement = statements_->ready(std::move(statement), wait);
    const auto stream =
        read_statement_rows(statements_, std::move(statement), options, wait);
    UniqueSchema schema;
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&stream->schema(wait), schema.get()));
    return schema;
  }

  const std::shared_ptr<Statements> statements_;
  const std::string sql_;
  StatementOptions options_;
};

}  // namespace

std::unique_ptr<ResultStream> attach_to_statement(
    std::shared_ptr<Statements> statements, std::string_view name,
    StatementOptions options, const Wait& wait) {
  Statement statement = statements->status(std::string(name), wait);
  statement = statements->ready(std::move(statement), wait);
  options.keep = true;
  // Which mode it was submitted in is not said, so its changes are told.
  if (options.changelog == ChangelogRows::kAuto) {
    options.changelog = ChangelogRows::kColumn;
  }
  return read_statement_rows(std::move(statements), std::move(statement), options,
                             wait);
}

std::unique_ptr<Query> make_query(std::shared_ptr<Statements> statements,
                                  std::string_view sql) {
  return std::make_unique<FlinkQuery>(std::move(statements), sql);
}

}  // namespace fletching::flink
