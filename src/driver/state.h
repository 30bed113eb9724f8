// SPDX-License-Identifier: Apache-2.0
// What the handles of the C++ API share. Each state has its own small mutex, held only
// inside a fork gate pass and never while waiting.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backend/backend.h"
#include "base/fork_gate.h"
#include "driver/parameters.h"
#include "driver/prepared_cache.h"
#include "driver/retry_reads.h"
#include "driver/settings.h"
#include "fletching/driver.h"

namespace fletching {

// Held by every public function: passes the fork gate, and refuses what was made before
// a fork or comes after shutdown. Objects of another generation are never touched.
class Entry {
 public:
  explicit Entry(uint32_t generation);  // throws kInvalidState

 private:
  ForkGate::Pass pass_;
};

// Runs body if the object is of this process, and never throws: for destructors, close
// and cancel. In a forked child it does nothing.
template <class Body>
void quietly(uint32_t generation, Body&& body) noexcept {
  if (generation != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  try {
    body();
  } catch (...) {
    // Nobody is there to be told.
  }
}

// The cancel token of one execution, known to whoever may cancel it: its statement, its
// connection, the process's shutdown.
using SharedToken = std::shared_ptr<CancelToken>;
[[nodiscard]] SharedToken new_token();  // registered for shutdown()

// Those tokens of one parent that still run.
class TokenList {
 public:
  void add(const SharedToken& token);
  void cancel_all() noexcept;

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<CancelToken>> tokens_;
};

struct Database::State {
  const uint32_t generation = ForkGate::generation();
  Settings settings;
  std::unique_ptr<Backend> backend;
  std::atomic<Tick*> tick{nullptr};
  TokenList connecting;
  std::atomic<bool> cancelled{false};
};

// One operation of a connection while it runs.
struct Operation {
  std::shared_ptr<Session> session;
  SharedToken token;
  Wait wait;
};

struct Connection::State {
  const uint32_t generation = ForkGate::generation();
  std::shared_ptr<Database::State> database;
  std::unique_ptr<Backend> backend;  // where the connection's headers need its own
  std::mutex mutex;                  // guards settings and session's being replaced
  Settings settings;
  std::shared_ptr<Session> session;  // null once closed
  Autocommit autocommit = Autocommit::kOn;
  bool beginning = false;  // a thread is about to begin the transaction
  TokenList tokens;
  const std::shared_ptr<PreparedCache> prepared = std::make_shared<PreparedCache>();
  std::atomic<const ServerProfile*> found_profile{nullptr};
  std::atomic<bool> cannot_bind{false};  // the server said so

  ~State();
  [[nodiscard]] std::shared_ptr<Session> open_session();  // throws when closed
  [[nodiscard]] Wait wait(std::chrono::nanoseconds timeout) const;
  [[nodiscard]] Operation operation(std::chrono::nanoseconds timeout);
  // The server's profile; asks for its name where nothing else tells.
  [[nodiscard]] const ServerProfile& profile(Session& asked, const Wait& asking);
  // What the server says of itself, asked again where it is away for a moment.
  [[nodiscard]] ServerInfo server_info(Session& asked, const Wait& asking);
  // For questions that change nothing.
  [[nodiscard]] RetryReads read_retries();
  // The same as profile() without asking; null where it is not known yet.
  [[nodiscard]] const ServerProfile* known_profile();
};

struct PreparedPlan;  // driver/plans.h

struct Statement::State {
  const uint32_t generation = ForkGate::generation();
  std::shared_ptr<Connection::State> connection;
  std::mutex mutex;  // guards all below
  Settings settings;
  SharedToken running;
  bool closed = false;
  ProgressListener progress;
  const std::shared_ptr<flink::SubmittedName> submitted =
      std::make_shared<flink::SubmittedName>();
  std::optional<PreparedText> prepared;
  std::shared_ptr<PreparedPlan> plan;   // prepared in its place, or null
  std::shared_ptr<void> partitioned;    // what parts given out stand for, or null
  std::unique_ptr<ResultStream> bound;  // rows of parameters, in the order of the slots

  ~State();
};

struct Result::State {
  uint32_t generation = ForkGate::generation();
  std::shared_ptr<Connection::State> connection;  // outlives the stream
  std::unique_ptr<ResultStream> stream;           // null: an update, or closed
  SharedToken token;
  Tick* tick = nullptr;
  Deadline deadline;  // of the whole result
  bool was_query = false;
  int64_t rows_affected = -1;
  ResultProgress last_progress;  // kept past close
  std::string position;          // Batch::position of the last one

  ~State();
  [[nodiscard]] Wait wait() const;
};

// A stream whose first step was already taken, so that execute() has seen the statement
// run; results without columns are read to their end.
[[nodiscard]] std::unique_ptr<ResultStream> primed(std::unique_ptr<ResultStream> stream,
                                                   const Wait& wait);

// Hands out the first batches as they come and reads ahead on a thread from then on.
[[nodiscard]] std::unique_ptr<ResultStream> prefetch_later(
    std::unique_ptr<ResultStream> stream);

// Cancels the stream when a wait for it has ended for good.
[[nodiscard]] std::unique_ptr<ResultStream> ending_with_its_wait(
    std::unique_ptr<ResultStream> stream);

// A query result as a face gets it.
[[nodiscard]] Result make_result(std::shared_ptr<Connection::State> connection,
                                 const Settings& settings, SharedToken token,
                                 std::unique_ptr<ResultStream> stream,
                                 Deadline deadline);

// True once shutdown() was called.
[[nodiscard]] bool shutting_down() noexcept;

}  // namespace fletching
