// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.h>

#include <utility>

#include "arrow/c_stream.h"
#include "arrow/prefetcher.h"
#include "driver/state.h"

namespace fletching {
namespace {

ResultProgress to_public(const Progress& p) {
  return {.rows = p.rows,
          .bytes = p.bytes,
          .total_rows = p.total_rows,
          .total_bytes = p.total_bytes,
          .fraction = p.fraction};
}

// Gives the stream up: destroyed here, left alone in a forked child.
void drop(std::unique_ptr<ResultStream>& stream, uint32_t generation) noexcept {
  if (stream == nullptr) return;
  if (generation != ForkGate::generation()) {
    static_cast<void>(stream.release());
    return;
  }
  const ForkGate::Pass pass;
  stream.reset();
}

}  // namespace

Result::State::~State() { drop(stream, generation); }

Wait Result::State::wait() const { return Wait{deadline, token.get(), tick}; }

Result make_result(std::shared_ptr<Connection::State> connection,
                   const Settings& settings, SharedToken token,
                   std::unique_ptr<ResultStream> stream, Deadline deadline) {
  // A thread that reads ahead must not ask the face for a token, or for anything else.
  const bool asks =
      static_cast<bool>(connection->database->settings.flink.token_source);
  const auto heartbeat = settings.flink_statement.heartbeat;
  PrefetchMode ahead = heartbeat.count() > 0 ? PrefetchMode::kOn : settings.prefetch;
  if (asks || stream->runs_foreign_code()) ahead = PrefetchMode::kOff;
  if (ahead == PrefetchMode::kOn) {
    stream = prefetch(std::move(stream), {.keep_alive = heartbeat});
  }
  if (ahead == PrefetchMode::kAuto) {
    stream = prefetch_later(std::move(stream));
  }
  auto state = std::make_shared<Result::State>();
  state->tick = connection->database->tick.load();
  state->connection = std::move(connection);
  state->stream = ending_with_its_wait(std::move(stream));
  state->token = std::move(token);
  state->deadline = deadline;
  state->was_query = true;
  return Result(std::move(state));
}

Result::Result() : state_(std::make_shared<State>()) {}
Result::Result(std::shared_ptr<State> state) : state_(std::move(state)) {}

bool Result::has_rows() const { return state_->was_query; }
int64_t Result::rows_affected() const { return state_->rows_affected; }

const ArrowSchema& Result::schema() {
  const Entry entry(state_->generation);
  if (state_->stream == nullptr) {
    throw Error(Code::kInvalidState, state_->was_query
                                         ? "the result is closed"
                                         : "the statement returned no rows");
  }
  return state_->stream->schema(state_->wait());
}

bool Result::next(ArrowArray* out) {
  const Entry entry(state_->generation);
  if (state_->stream == nullptr) {
    if (!state_->was_query) return false;
    throw Error(Code::kInvalidState, "the result is closed");
  }
  Batch batch;
  if (state_->stream->next(batch, state_->wait()) != Next::kBatch) return false;
  ArrowArrayMove(batch.rows.get(), out);
  state_->position = std::move(batch.position);
  return true;
}

std::string Result::position() const { return state_->position; }

ResultProgress Result::progress() const {
  const Entry entry(state_->generation);
  if (state_->stream == nullptr) return state_->last_progress;
  return to_public(state_->stream->progress());
}

void Result::cancel() noexcept {
  quietly(state_->generation, [this] {
    if (state_->token != nullptr) state_->token->cancel();
  });
}

void Result::close() noexcept {
  quietly(state_->generation, [this] {
    if (state_->stream != nullptr) {
      state_->last_progress = to_public(state_->stream->progress());
    }
  });
  drop(state_->stream, state_->generation);
}

void Result::export_stream(ArrowArrayStream* out) {
  const Entry entry(state_->generation);
  static_cast<void>(schema());
  // The connection and the token live as long as the exported stream.
  auto keep = std::make_shared<State>();
  keep->connection = state_->connection;
  keep->token = state_->token;
  keep->tick = state_->tick;
  keep->deadline = state_->deadline;
  UniqueArrayStream exported = fletching::export_stream(
      std::move(state_->stream), [keep] { return keep->wait(); });
  ArrowArrayStreamMove(exported.get(), out);
}

}  // namespace fletching
