// SPDX-License-Identifier: Apache-2.0
#include "driver/statement_run.h"

#include <utility>

#include "arrow/row_slices.h"
#include "backend/sql_text.h"
#include "base/fork_gate.h"
#include "driver/retry_reads.h"
#include "driver/row_cap.h"
#include "driver/transactions.h"
#include "flink/literal.h"
#include "flink/statements.h"

namespace fletching {
namespace {

bool is_read(const Execution& run, std::string_view sql) {
  const ServerProfile* profile = run.connection->known_profile();
  return run.settings.read_only || (profile != nullptr && profile->read_only) ||
         is_read_statement(sql, dialect_of(profile));
}

void enter_transaction_for(const Execution& run, std::string_view sql) {
  const SqlDialect& dialect = dialect_of(run.connection->known_profile());
  if (!needs_transaction(sql, dialect)) return;
  enter_transaction(*run.connection, *run.session,
                    run.wait(run.settings.update_timeout));
}

RetryReads retry_for(const Execution& run, std::string_view sql) {
  const bool safe = run.session->transaction() == 0 && is_read(run, sql);
  return {safe ? run.settings.retries : 0, run.settings.retry_budget};
}

std::unique_ptr<Query> query_for(const Execution& run, std::string_view sql) {
  auto query = run.session->query(sql);
  query->set_flink_options(run.settings.flink_statement);
  return query;
}

Result query_text(const Execution& run, std::string_view sql) {
  PacedProgress progress(run.progress);
  const CappedSql capped = cap_rows(run, sql);
  return run_attempts(run, retry_for(run, sql), [&] {
    const auto query = query_for(run, capped.sql());
    if (auto callback = progress.callback())
      query->report_progress(std::move(callback));
    return watch_cap(query->execute(run.wait(run.settings.query_timeout)),
                     capped.cap());
  });
}

// Rows changed; nothing where the server has no update path and has run nothing.
std::optional<int64_t> update_text(const Execution& run, std::string_view sql) {
  return query_for(run, sql)->execute_update(run.wait(run.settings.update_timeout));
}

class LeasedStream : public ResultStream {
 public:
  LeasedStream(std::unique_ptr<ResultStream> inner,
               std::shared_ptr<PreparedLease> lease)
      : lease_(std::move(lease)), inner_(std::move(inner)) {}
  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    try {
      const Next step = inner_->next(out, wait, nap);
      if (step == Next::kEnd) lease_.reset();
      return step;
    } catch (const Error&) {
      if (lease_ != nullptr) lease_->spoil();
      throw;
    }
  }
  [[nodiscard]] bool runs_foreign_code() const override {
    return inner_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  std::shared_ptr<PreparedLease> lease_;
  std::unique_ptr<ResultStream> inner_;  // destroyed first
};

// The statement may be anywhere after a failure, so it is not used again.
template <class Body>
auto with_lease(PreparedText& text, Body&& body) {
  try {
    text.lease->touch();
    return std::forward<Body>(body)(*text.lease);
  } catch (...) {
    text.cannot_bind = (*text.lease)->cannot_bind();
    text.lease->spoil();
    text.lease.reset();
    throw;
  }
}

[[noreturn]] void one_row_only(int64_t rows) {
  throw Error(Code::kInvalidArgument,
              "execute: a query takes one row of parameters, not " +
                  std::to_string(rows) +
                  (rows == 0 ? "" : " (only statements without rows take many)"),
              "07001");
}

// Adds the way out for servers that cannot bind, or not many rows.
[[noreturn]] void rethrow_with_hint(const Error& e, bool many) {
  constexpr int32_t kUnimplemented = 12;
  constexpr int32_t kInvalidArgument = 3;
  const bool cannot = e.vendor_code() == kUnimplemented;
  const bool too_many = many && (cannot || e.vendor_code() == kInvalidArgument);
  if (!cannot && !too_many) throw e;
  std::string hint;
  if (cannot) hint = "bind=client writes the values into the text";
  if (too_many && cannot) hint += "; ";
  if (too_many) hint += "bind_rows=one sends the rows one by one";
  throw Error(e.code(), e.message() + " (" + hint + ")", e.sqlstate(), e.vendor_code(),
              e.details());
}

Error with_row(const Error& e, int64_t row) {
  if (row <= 1) return e;
  return Error(e.code(),
               "row " + std::to_string(row) + " of the parameters: " + e.message() +
                   " (the rows before it have been run)",
               e.sqlstate(), e.vendor_code(), e.details());
}

// Sums, of which one unknown makes the whole unknown.
class Total {
 public:
  void add(int64_t rows) {
    if (rows < 0) known_ = false;
    sum_ += rows;
  }
  [[nodiscard]] int64_t rows() const { return known_ ? sum_ : -1; }

 private:
  bool known_ = true;
  int64_t sum_ = 0;
};

void drain(std::unique_ptr<ResultStream> stream, const Wait& wait) {
  stream = primed(std::move(stream), wait);
  for (Batch batch; stream->next(batch, wait) == Next::kBatch; batch = Batch()) {
  }
}

// Runs `one` for each row; it gives the rows changed.
template <class One>
int64_t for_each_row(const Execution& run, ParameterRows& rows, One&& one) {
  Total total;
  const Wait wait = run.wait({});
  for (RowCursor cursor(rows, wait); cursor.next(wait);) {
    try {
      total.add(one(cursor));
    } catch (const Error& e) {
      throw with_row(e, cursor.count());
    }
    wait.check("executing");
  }
  return total.rows();
}

// ---- literals written here ----

// Flink reads the text of an instant as the session's clocks show it.
InstantWriter instant_writer(const Execution& run) {
  if (run.settings.server == ServerFamily::kFlight) return {};
  return [statements = run.session->flink_statements(), wait = run.wait({})](
             std::string& sql, int64_t seconds, int32_t nanos) {
    flink::LiteralWriter(sql, statements->time_zone(wait)).instant(seconds, nanos);
  };
}

Result run_client(const Execution& run, PreparedText& text, ParameterRows& rows) {
  const Wait wait = run.wait({});
  const auto schema_of = rows.stream(wait);
  std::optional<LiteralText> literals;
  if (text.found.has_parameters()) {
    literals.emplace(text, schema_of->schema(wait), instant_writer(run));
  }
  const auto text_of = [&](RowCursor& cursor) {
    return literals ? literals->of(cursor.batch(), cursor.place()) : text.sent;
  };
  if (!is_update_statement(text.text, *text.dialect) || rows.seen() == 1) {
    if (rows.seen() != 1) one_row_only(rows.seen());
    RowCursor cursor(rows, wait);
    static_cast<void>(cursor.next(wait));
    return run_text(run, text_of(cursor));
  }
  enter_transaction_for(run, text.text);
  const int64_t changed = for_each_row(run, rows, [&](RowCursor& cursor) {
    const std::string sql = text_of(cursor);
    if (const auto count = update_text(run, sql)) return *count;
    drain(query_for(run, sql)->execute(run.wait(run.settings.update_timeout)),
          run.wait(run.settings.update_timeout));
    return int64_t{-1};
  });
  return update_result(run, changed);
}

// ---- bound by the server ----

Result query_prepared(const Execution& run, PreparedText& text, ParameterRows& rows) {
  PacedProgress progress(run.progress);
  return run_attempts(run, retry_for(run, text.text), [&] {
    lease_prepared(run, text);
    return with_lease(text, [&](PreparedLease& lease) {
      const Wait wait = run.wait(run.settings.query_timeout);
      const auto bound = fit_to_slots(rows.stream(wait), text, wait);
      lease->report_progress(progress.callback());
      auto stream = lease->execute(bound.get(), wait);
      lease->report_progress({});  // the statement stays, `progress` does not
      return watch_cap(keeping_lease(std::move(stream), text.lease), text.cap);
    });
  });
}

// One row, or all that are bound at once.
int64_t update_prepared(const Execution& run, PreparedText& text,
                        const std::function<std::unique_ptr<ResultStream>()>& rows,
                        bool replayable) {
  return with_lease(text, [&](PreparedLease& lease) -> int64_t {
    const Wait wait = run.wait(run.settings.update_timeout);
    const auto bound = fit_to_slots(rows(), text, wait);
    if (const auto changed = lease->execute_update(bound.get(), wait)) return *changed;
    if (!replayable) {
      throw Error(Code::kNotImplemented,
                  "execute: the server has no updates with parameters");
    }
    const auto again = fit_to_slots(rows(), text, wait);
    drain(lease->execute(again.get(), wait), wait);
    return -1;
  });
}

bool row_by_row(const Execution& run) {
  if (run.settings.bind_rows != BindRows::kAuto) {
    return run.settings.bind_rows == BindRows::kOne;
  }
  const ServerProfile* profile = run.connection->known_profile();
  return profile != nullptr &&
         profile->binding == ServerProfile::Binding::kServerOneRow;
}

Result run_on_server(const Execution& run, PreparedText& text, ParameterRows& rows) {
  lease_prepared(run, text);
  const bool updates = (*text.lease)
                           ->is_update()
                           .value_or(is_update_statement(text.text, *text.dialect));
  if (!updates) {
    if (rows.seen() != 1) one_row_only(rows.seen());
    return query_prepared(run, text, rows);
  }
  const Wait wait = run.wait({});
  if (rows.seen() > 1 && row_by_row(run)) {
    return update_result(run, for_each_row(run, rows, [&](RowCursor& cursor) {
                           return update_prepared(
                               run, text, [&] { return cursor.row(wait); }, true);
                         }));
  }
  return update_result(
      run,
      update_prepared(run, text, [&] { return rows.stream(wait); }, rows.complete()));
}

}  // namespace

Wait Execution::wait(std::chrono::nanoseconds timeout) const {
  Wait wait = connection->wait(timeout);
  wait.cancel = token.get();
  wait.deadline = wait.deadline.earlier(total);
  return wait;
}

Execution begin_execution(Statement::State& state) {
  Execution run;
  run.connection = state.connection;
  run.session = state.connection->open_session();
  run.token = new_token();
  state.connection->tokens.add(run.token);
  const std::lock_guard lock(state.mutex);
  if (state.closed) throw Error(Code::kInvalidState, "the statement is closed");
  state.running = run.token;
  run.settings = state.settings;
  run.settings.flink_statement.submitted = state.submitted;
  run.progress = state.progress;
  run.total = Deadline::after(run.settings.total_timeout);
  return run;
}

void PacedProgress::tell(const Progress& now) {
  if (!listener_) return;
  static constexpr std::chrono::milliseconds kPause{100};
  held_back_ = now;
  if (Clock::now() - last_ >= kPause) finish();
}

void PacedProgress::finish() {
  if (!held_back_) return;
  const Progress now = *std::exchange(held_back_, std::nullopt);
  last_ = Clock::now();
  const ForkGate::Outside outside;  // the face's code
  listener_({.rows = now.rows,
             .bytes = now.bytes,
             .total_rows = now.total_rows,
             .total_bytes = now.total_bytes,
             .fraction = now.fraction});
}

ProgressCallback PacedProgress::callback() {
  if (!listener_) return {};
  return [this](const Progress& now) { tell(now); };
}

Result run_attempts(const Execution& run, RetryReads retry,
                    const std::function<std::unique_ptr<ResultStream>()>& attempt) {
  while (true) {
    try {
      auto stream = attempt();
      const Deadline fetch =
          Deadline::after(run.settings.fetch_timeout).earlier(run.total);
      stream = primed(std::move(stream), run.wait({}).until(fetch));
      return make_result(run.connection, run.settings, run.token, std::move(stream),
                         fetch);
    } catch (const Error& e) {
      if (!retry.again(e, run.wait({}))) throw;
    }
  }
}

std::unique_ptr<ResultStream> keeping_lease(std::unique_ptr<ResultStream> rows,
                                            std::shared_ptr<PreparedLease> lease) {
  return std::make_unique<LeasedStream>(std::move(rows), std::move(lease));
}

CappedSql cap_rows(const Execution& run, std::string_view sql) {
  const ServerProfile* profile = run.connection->known_profile();
  return {sql, row_cap(run.settings, profile), dialect_of(profile)};
}

Result update_result(const Execution& run, int64_t rows) {
  auto result = std::make_shared<Result::State>();
  result->connection = run.connection;
  result->rows_affected = rows;
  return Result(std::move(result));
}

Result run_attached(const Execution& run, std::string_view name) {
  auto stream = run.session->attach(name, run.settings.flink_statement,
                                    run.wait(run.settings.query_timeout));
  const Deadline fetch = Deadline::after(run.settings.fetch_timeout).earlier(run.total);
  return make_result(run.connection, run.settings, run.token, std::move(stream), fetch);
}

Result run_text(const Execution& run, std::string_view sql) {
  enter_transaction_for(run, sql);
  if (is_update_statement(sql, dialect_of(run.connection->known_profile()))) {
    if (const auto rows = update_text(run, sql)) return update_result(run, *rows);
  }
  return query_text(run, sql);
}

void lease_prepared(const Execution& run, PreparedText& text) {
  enter_transaction_for(run, text.text);
  const uint64_t transaction = run.session->transaction();
  // Ours alone (no rows of its last run are open), and of this transaction.
  if (text.lease.use_count() == 1) {
    if (text.lease->has_rested_too_long()) {
      text.lease->spoil();
    } else if (text.lease->transaction() == transaction) {
      return;
    }
  }
  text.lease.reset();
  const auto& cache = run.connection->prepared;
  auto query = cache->take(text.sent, transaction);
  for (RetryReads retry = retry_for(run, text.text); query == nullptr;) {
    try {
      query = run.session->prepare(text.sent, run.wait(run.settings.query_timeout));
    } catch (const Error& e) {
      // Some servers run a statement while they plan it, so reads alone.
      if (!retry.again(e, run.wait({}))) throw;
    }
  }
  text.lease =
      std::make_shared<PreparedLease>(cache, text.sent, transaction, std::move(query));
}

Result run_with_parameters(const Execution& run, PreparedText& text,
                           std::unique_ptr<ResultStream> bound) {
  if (bound == nullptr) {
    if (text.found.has_parameters()) {
      throw Error(Code::kInvalidArgument,
                  "execute: the statement has " + std::to_string(text.found.values()) +
                      " parameters, and none were bound",
                  "07001");
    }
    return run_text(run, text.sent);
  }
  ParameterRows rows(std::move(bound), run.wait({}));
  const bool many = rows.seen() > 1;
  try {
    if (rows.seen() == 0 && is_update_statement(text.text, *text.dialect)) {
      return update_result(run, 0);
    }
    return text.on_server ? run_on_server(run, text, rows)
                          : run_client(run, text, rows);
  } catch (const Error& e) {
    if (!text.on_server) throw;
    const bool own_way = text.cannot_bind && run.settings.bind == BindMode::kAuto;
    // Nothing has run, and all rows are still there.
    if (!own_way || !rows.complete()) rethrow_with_hint(e, many);
    run.connection->cannot_bind.store(true);
    text.on_server = false;
  }
  return run_client(run, text, rows);
}

}  // namespace fletching
