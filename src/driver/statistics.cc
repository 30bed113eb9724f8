// SPDX-License-Identifier: Apache-2.0
#include "driver/statistics.h"

#include <algorithm>
#include <array>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "driver/metadata_filter.h"
#include "driver/metadata_like.h"
#include "driver/objects_find.h"
#include "driver/statement_run.h"
#include "driver/statistics_query.h"
#include "driver/statistics_rows.h"
#include "driver/table_schema.h"

namespace fletching {
namespace {

// Distinct values of each have to be remembered by the server.
constexpr size_t kColumnsOfQuery = 16;

// The server refused this query, and will take others.
bool is_refusal(const Error& e) {
  switch (e.code()) {
    case Code::kIo:
    case Code::kCancelled:
    case Code::kTimeout:
    case Code::kUnauthenticated:
      return false;
    case Code::kInvalidState:
      return e.vendor_code() != 0;
    default:
      return true;
  }
}

// Of the standard, and of the servers whose Flight SQL speaks of them.
bool is_of_the_server(const TableName& table, const TableObject& object) {
  constexpr std::array<std::string_view, 4> kSchemas = {"information_schema",
                                                        "pg_catalog", "sys", "system"};
  return contains_but_case(object.type, "SYSTEM") ||
         std::any_of(kSchemas.begin(), kSchemas.end(), [&](std::string_view name) {
           return same_but_case(name, table.schema.value_or(""));
         });
}

ObjectsFilter objects_of(const StatisticsFilter& filter) {
  return {.depth = filter.approximate ? ObjectDepth::kTables : ObjectDepth::kColumns,
          .catalog = filter.catalog,
          .schema_pattern = filter.schema_pattern,
          .table_pattern = filter.table_pattern,
          .constraints = false,
          .catalog_is_pattern = filter.catalog_is_pattern};
}

// Counts one table after the other.
class Counter {
 public:
  Counter(Execution run, const SqlDialect& dialect)
      : run_(std::move(run)), dialect_(dialect) {}

  // In all by `deadline`, of which no query knows more than its own limit.
  [[nodiscard]] std::vector<Statistic> count(const TableName& table,
                                             const std::string& schema_bytes,
                                             bool columns, Deadline deadline) {
    run_.total = run_.total.earlier(deadline);
    table_ = quote_table(table.catalog, table.schema, table.table, dialect_);
    found_.clear();
    const std::array rows = {row_count()};
    ask(rows);
    if (found_.empty()) {
      throw Error(Code::kInvalidData, "the server counted no rows, not even 0");
    }
    if (columns) count_columns(columns_of(table, schema_bytes));
    return std::move(found_);
  }

 private:
  UniqueSchema columns_of(const TableName& table, const std::string& schema_bytes) {
    if (!schema_bytes.empty()) return decode_table_schema(schema_bytes, table.table);
    return run_.session->query("SELECT * FROM " + table_)
        ->result_schema(run_.wait(run_.settings.query_timeout));
  }

  void count_columns(const UniqueSchema& columns) {
    std::vector<Aggregate> wanted;
    std::vector<size_t> ends;  // of each column's in `wanted`
    for (int64_t i = 0; i < columns->n_children; ++i) {
      for (Aggregate& one : aggregates_of(*columns->children[i], dialect_)) {
        wanted.push_back(std::move(one));
      }
      ends.push_back(wanted.size());
      const bool is_last = i + 1 == columns->n_children;
      if (!is_last && ends.size() < kColumnsOfQuery) continue;
      ask_columns(wanted, ends);
      wanted.clear();
      ends.clear();
    }
  }

  // Few questions that are refused: there are servers that lose something with each.
  void ask_columns(std::span<const Aggregate> wanted, const std::vector<size_t>& ends) {
    if (ends.size() > 1 && is_answered(wanted)) return;
    size_t begin = 0;
    for (const size_t end : ends) {
      ask_column(wanted.subspan(begin, end - begin));
      begin = end;
    }
  }

  void ask_column(std::span<const Aggregate> wanted) {
    if (is_answered(wanted) || wanted.size() == 1) return;
    const bool counted = wanted.size() > 2 && is_answered(wanted.first(2));
    if (!counted) static_cast<void>(is_answered(wanted.first(1)));
    static_cast<void>(is_answered(wanted.subspan(2)));
  }

  bool is_answered(std::span<const Aggregate> wanted) {
    if (wanted.empty()) return true;
    try {
      ask(wanted);
      return true;
    } catch (const Error& e) {
      if (!is_refusal(e)) throw;
      log(LogLevel::kInfo, "statistics of table " + table_ + ": " + e.message());
      return false;
    }
  }

  void ask(std::span<const Aggregate> wanted) {
    Result answer = run_text(run_, aggregate_query(wanted, table_));
    std::vector<Statistic> found;
    // To its end: what is left unread may hold locks of the table.
    for (UniqueArray rows; answer.next(rows.get()); rows.reset()) {
      if (rows->length == 0) continue;
      found = read_aggregates(wanted, answer.schema(), *rows.get());
    }
    for (Statistic& one : found) found_.push_back(std::move(one));
  }

  Execution run_;
  const SqlDialect& dialect_;
  std::string table_;  // quoted
  std::vector<Statistic> found_;
};

class StatisticsStream : public ResultStream {
 public:
  StatisticsStream(Execution run, const SqlDialect& dialect,
                   const StatisticsFilter& filter)
      : finder_(run.session, objects_of(filter)),
        counter_(std::move(run), dialect),
        schema_(statistics_schema()),
        with_columns_(!filter.approximate),
        names_tables_(filter.table_pattern &&
                      !LikePattern(*filter.table_pattern).takes_any_text()) {}

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    while (find_tables(wait)) {
      const Found found = std::move(tables_.front());
      tables_.pop_front();
      if (!measure(found, out, wait)) continue;
      ++rows_;
      return Next::kBatch;
    }
    return Next::kEnd;
  }

  [[nodiscard]] Progress progress() const override { return {.rows = rows_}; }
  void cancel() noexcept override {}  // the waits of the requests have the token

 private:
  struct Found {
    TableName name;
    std::string schema_bytes;
  };

  // Whether there is a table to measure.
  bool find_tables(const Wait& wait) {
    while (tables_.empty()) {
      const auto catalogs = finder_.next(wait);
      if (!catalogs) return false;
      for (const CatalogObject& catalog : *catalogs) add(catalog);
    }
    return true;
  }

  void add(const CatalogObject& catalog) {
    for (const SchemaObject& schema : catalog.schemas) {
      for (const TableObject& table : schema.tables) {
        TableName name{catalog.name, schema.name, table.name};
        if (!names_tables_ && (table.is_view() || is_of_the_server(name, table))) {
          continue;
        }
        tables_.push_back({std::move(name), table.schema_bytes});
      }
    }
  }

  bool measure(const Found& table, Batch& out, const Wait& wait) {
    try {
      const auto found =
          counter_.count(table.name, table.schema_bytes, with_columns_, wait.deadline);
      out.rows = build_statistics(table.name, found);
      out.ops.clear();
      return true;
    } catch (const Error& e) {
      const Error told = e.with_context("statistics of table " + table.name.table);
      if (names_tables_ || !is_refusal(e)) throw told;
      log(LogLevel::kWarning, std::string(told.message()) + "; it is left out");
      return false;
    }
  }

  ObjectFinder finder_;
  Counter counter_;
  UniqueSchema schema_;
  const bool with_columns_;
  const bool names_tables_;
  std::deque<Found> tables_;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultStream> statistics_stream(
    const std::shared_ptr<Connection::State>& connection, const Operation& operation,
    const Settings& settings, StatisticsFilter filter) {
  if (settings.server != ServerFamily::kFlight) {
    throw Error(Code::kNotImplemented,
                "statistics: Flink tells none, and counting the rows of a table that "
                "may be without an end would not end (SELECT count(*) of one that has "
                "one, with execution.runtime-mode batch)");
  }
  Execution run;
  run.connection = connection;
  run.session = operation.session;
  run.token = operation.token;
  run.settings = settings;
  run.total = Deadline::after(settings.total_timeout);
  const ServerProfile& profile =
      connection->profile(*operation.session, operation.wait);
  return std::make_unique<StatisticsStream>(std::move(run), dialect_of(&profile),
                                            filter);
}

}  // namespace fletching
