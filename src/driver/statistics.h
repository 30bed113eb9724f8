// SPDX-License-Identifier: Apache-2.0
// ADBC's GetStatistics, counted by queries: neither protocol tells any.
#pragma once

#include <memory>

#include "driver/state.h"
#include "fletching/metadata.h"

namespace fletching {

// One batch of one row a table, counted when it is read. A query a table, and for
// columns one for each few of them; where the server refuses one, they are asked for
// one by one, and what it cannot do is left out. Throws kNotImplemented at Flink.
[[nodiscard]] std::unique_ptr<ResultStream> statistics_stream(
    const std::shared_ptr<Connection::State>& connection, const Operation& operation,
    const Settings& settings, StatisticsFilter filter);

}  // namespace fletching
