// SPDX-License-Identifier: Apache-2.0
// What SQL can count of a table, and what came back.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrow/owned.h"
#include "backend/sql_dialect.h"
#include "driver/statistics_rows.h"

namespace fletching {

// One expression of a SELECT over a table.
struct Aggregate {
  std::string sql;
  std::optional<std::string> column;
  StatisticKey key;
  // Of the column, where the value is one of its own.
  ArrowType type = NANOARROW_TYPE_UNINITIALIZED;
  ArrowTimeUnit unit = NANOARROW_TIME_UNIT_SECOND;
};

[[nodiscard]] Aggregate row_count();
// Those that make sense for its type, the number of NULLs first, the number of distinct
// values next, then the least and the greatest; none where its name cannot be quoted.
[[nodiscard]] std::vector<Aggregate> aggregates_of(const ArrowSchema& field,
                                                   const SqlDialect& dialect);

// `table` is quoted. Each expression has a name of its own.
[[nodiscard]] std::string aggregate_query(std::span<const Aggregate> wanted,
                                          const std::string& table);

// From the one row of its answer; what is NULL, or of a type that says something else
// than the column's, is left out. Throws kInvalidData.
[[nodiscard]] std::vector<Statistic> read_aggregates(std::span<const Aggregate> wanted,
                                                     const ArrowSchema& schema,
                                                     const ArrowArray& rows);

}  // namespace fletching
