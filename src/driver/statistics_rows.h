// SPDX-License-Identifier: Apache-2.0
// Statistics in the Arrow form that ADBC gives them: adbc.h at
// AdbcConnectionGetStatistics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arrow/owned.h"
#include "backend/backend.h"

namespace fletching {

// adbc.h, ADBC_STATISTIC_*_KEY.
enum class StatisticKey : int16_t {
  kDistinctCount = 1,
  kMaxValue = 3,
  kMinValue = 4,
  kNullCount = 5,
  kRowCount = 6,
};

// The alternatives stand in the order of the union's children.
using StatisticValue = std::variant<int64_t, uint64_t, double, std::string>;

struct Statistic {
  std::optional<std::string> column;  // unset: of the table
  StatisticKey key;
  StatisticValue value;
};

[[nodiscard]] UniqueSchema statistics_schema();

// One row, of one table.
[[nodiscard]] UniqueArray build_statistics(const TableName& table,
                                           const std::vector<Statistic>& found);

}  // namespace fletching
