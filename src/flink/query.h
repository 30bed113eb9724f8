// SPDX-License-Identifier: Apache-2.0
// One text at a Flink server, run any number of times.
#pragma once

#include <memory>
#include <string_view>

#include "backend/backend.h"
#include "flink/statements.h"

namespace fletching::flink {

// In Mode::kAuto a query runs to its end; where a gateway says that a table has none,
// which it does before anything runs, the query is submitted again to go on.
[[nodiscard]] std::unique_ptr<Query> make_query(std::shared_ptr<Statements> statements,
                                                std::string_view sql);

// The rows of a statement that was submitted before, by whomever, from where its last
// reader left off. It stays when its result is closed.
[[nodiscard]] std::unique_ptr<ResultStream> attach_to_statement(
    std::shared_ptr<Statements> statements, std::string_view name,
    StatementOptions options, const Wait& wait);

}  // namespace fletching::flink
