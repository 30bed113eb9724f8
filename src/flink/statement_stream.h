// SPDX-License-Identifier: Apache-2.0
// The rows of one statement as a stream: its pages, one after the other, each decoded
// when it is asked for. Whoever reads ahead lays a Prefetcher over it.
//
// After a full page the next one is asked for at once. Empty pages of a query that goes
// on are asked for again after pauses that grow, or as long as the server wants.
#pragma once

#include <memory>

#include "arrow/result_stream.h"
#include "flink/statements.h"

namespace fletching::flink {

// `statement` is ready(). Once the stream has ended or goes, the statement is removed
// with the next call (unless options.keep), and so is one that is cancelled.
//
// A row that does not decode is one error, kInvalidData with the row's JSON in its
// details; reading goes on behind it.
[[nodiscard]] std::unique_ptr<ResultStream> read_statement_rows(
    std::shared_ptr<Statements> statements, Statement statement,
    StatementOptions options, const Wait& wait);

// Removes it, waiting two seconds at most; else with the next call.
void remove_soon(Statements& statements, const std::string& name) noexcept;

}  // namespace fletching::flink
