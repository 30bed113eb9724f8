// SPDX-License-Identifier: Apache-2.0
// One execution of a statement: which way it goes, and what is tried again.
//
// Text that changes data goes the update path and is sent once; the server's "I have no
// such way" alone sends it on by the query path. Certain reads are sent again, outside
// of a transaction, when the server was away before their first rows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "driver/parameters.h"
#include "driver/retry_reads.h"
#include "driver/row_cap.h"
#include "driver/state.h"

namespace fletching {

// What an execution stands on. Registered for cancel() as long as its token lives.
struct Execution {
  std::shared_ptr<Connection::State> connection;
  std::shared_ptr<Session> session;
  SharedToken token;
  Settings settings;
  Deadline total;
  ProgressListener progress;

  [[nodiscard]] Wait wait(std::chrono::nanoseconds timeout) const;
};
[[nodiscard]] Execution begin_execution(Statement::State& state);

// The text as the server is to get it, with a LIMIT where there is a cap.
[[nodiscard]] CappedSql cap_rows(const Execution& run, std::string_view sql);

// The rows of a statement of Flink that was submitted before.
[[nodiscard]] Result run_attached(const Execution& run, std::string_view name);
[[nodiscard]] Result run_text(const Execution& run, std::string_view sql);

// Finds the placeholders and, where the server binds, prepares the text there.
[[nodiscard]] PreparedText prepare_text(const Execution& run, std::string_view sql,
                                        ParameterStyle style);

// Makes text.lease usable in the present transaction: the one it has, one of the cache,
// or a newly prepared one.
void lease_prepared(const Execution& run, PreparedText& text);

// `bound` is as fit_to_values() makes it; null: none were bound, which is right
// only for text without placeholders.
[[nodiscard]] Result run_with_parameters(const Execution& run, PreparedText& text,
                                         std::unique_ptr<ResultStream> bound);

// Gives the rows of a stream that `attempt` opens, again where that is allowed.
[[nodiscard]] Result run_attempts(
    const Execution& run, RetryReads retry,
    const std::function<std::unique_ptr<ResultStream>()>& attempt);

// Rows that keep the prepared statement that they come from: while they are read it is
// not bound anew.
[[nodiscard]] std::unique_ptr<ResultStream> keeping_lease(
    std::unique_ptr<ResultStream> rows, std::shared_ptr<PreparedLease> lease);

[[nodiscard]] Result update_result(const Execution& run, int64_t rows);

// Tells a listener, or nobody, at most ten times a second.
class PacedProgress {
 public:
  explicit PacedProgress(ProgressListener listener) : listener_(std::move(listener)) {}

  void tell(const Progress& now);
  // The last that was not told.
  void finish();
  // tell() as a function; empty without a listener. Not after this has gone.
  [[nodiscard]] ProgressCallback callback();

 private:
  ProgressListener listener_;
  std::optional<Progress> held_back_;
  Clock::time_point last_{};
};

}  // namespace fletching
