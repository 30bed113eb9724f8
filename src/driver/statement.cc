// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.h>

#include <utility>

#include "backend/sql_text.h"
#include "driver/state.h"

namespace fletching {
namespace {

struct Execution {
  SharedToken token;
  Settings settings;
  std::shared_ptr<Session> session;
  Deadline total;

  [[nodiscard]] Wait wait(const Statement::State& state,
                          std::chrono::nanoseconds timeout) const {
    Wait wait = state.connection->wait(timeout);
    wait.cancel = token.get();
    wait.deadline = wait.deadline.earlier(total);
    return wait;
  }
};

Execution begin(Statement::State& state) {
  Execution run;
  run.session = state.connection->open_session();
  run.token = new_token();
  state.connection->tokens.add(run.token);
  const std::lock_guard lock(state.mutex);
  if (state.closed) throw Error(Code::kInvalidState, "the statement is closed");
  state.running = run.token;
  run.settings = state.settings;
  run.total = Deadline::after(run.settings.total_timeout);
  return run;
}

}  // namespace

Statement::Statement(std::shared_ptr<State> state) : state_(std::move(state)) {}

void Statement::set_option(std::string_view name, std::string_view value) {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  apply_option(state_->settings, name, value, OptionLevel::kStatement);
}

Result Statement::execute(std::string_view sql) {
  const Entry entry(state_->generation);
  const Execution run = begin(*state_);
  const auto query = run.session->query(sql);
  if (is_update_statement(sql)) {
    const Wait wait = run.wait(*state_, run.settings.update_timeout);
    if (const auto rows = query->execute_update(wait)) {
      auto result = std::make_shared<Result::State>();
      result->connection = state_->connection;
      result->rows_affected = *rows;
      return Result(std::move(result));
    }
    // The server has no update path and ran nothing; the text goes the other way, once.
  }
  auto stream = query->execute(run.wait(*state_, run.settings.query_timeout));
  const Deadline fetch = Deadline::after(run.settings.fetch_timeout).earlier(run.total);
  stream = primed(std::move(stream), run.wait(*state_, {}).until(fetch));
  return make_result(state_->connection, run.settings, run.token, std::move(stream),
                     fetch);
}

void Statement::execute_schema(std::string_view sql, ArrowSchema* out) {
  const Entry entry(state_->generation);
  const Execution run = begin(*state_);
  const auto query = run.session->query(sql);
  UniqueSchema schema =
      query->result_schema(run.wait(*state_, run.settings.query_timeout));
  ArrowSchemaMove(schema.get(), out);
}

void Statement::cancel() noexcept {
  quietly(state_->generation, [this] {
    const std::lock_guard lock(state_->mutex);
    if (state_->running != nullptr) state_->running->cancel();
  });
}

void Statement::close() noexcept {
  quietly(state_->generation, [this] {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    if (state_->running != nullptr) state_->running->cancel();
    state_->running.reset();
  });
}

}  // namespace fletching
