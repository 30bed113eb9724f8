// SPDX-License-Identifier: Apache-2.0
// Confluent Cloud's statements API (sql/v1).
#pragma once

#include <memory>

#include "flink/statements.h"

namespace fletching::flink {

// Connects to the region's endpoint; the first statement judges the credentials.
[[nodiscard]] std::shared_ptr<Statements> open_confluent(const Options& options,
                                                         const Wait& wait);

}  // namespace fletching::flink
