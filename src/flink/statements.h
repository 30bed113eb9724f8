// SPDX-License-Identifier: Apache-2.0
// The statements of one session with a Flink server, whichever kind it is: submitted,
// watched, read page by page and stopped. What only one kind of server has is told by
// capabilities and refused by name elsewhere (kNotImplemented).
//
// Confluent: docs.confluent.io, Flink SQL REST API (sql/v1). Gateway: Apache Flink's
// "SQL Gateway REST endpoint", and the replies of a real one (2.3 and 1.20).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/wait.h"
#include "flink/options.h"

namespace fletching::flink {

struct Capabilities {
  bool named_statements = false;  // names of the caller's that outlive the session,
                                  // list, labels
  bool resume = false;            // stop() keeps a statement, update() goes on with it
  bool traits = false;  // bounded, append-only, keys and columns before the first row
  bool exceptions = false;  // what happened to a statement
  bool dry_run = false;
  bool completion = false;     // complete()
  bool session_state = false;  // SET and USE hold for later statements
  bool row_formats = false;    // JSON or PLAIN_TEXT
};

enum class Phase : uint8_t {
  kPending,
  kRunning,  // rows can be read; a query without an end stays so
  kCompleted,
  kFailing,
  kFailed,
  kDegraded,
  kStopping,
  kStopped,
  kDeleting,
  kDeleted,
  kUnknown,  // a word that is not known here: Statement::phase_text has it
};
[[nodiscard]] bool is_terminal(Phase phase) noexcept;  // nothing more will happen
[[nodiscard]] Phase parse_phase(std::string_view word) noexcept;

struct Traits {
  std::string sql_kind;  // "SELECT", "CREATE_TABLE", "INSERT_INTO" ...
  bool bounded = false;
  bool append_only = false;
  std::vector<int32_t> upsert_columns;  // key columns; empty: none
  std::string columns_json;             // as sent; empty: no rows come
};

// A statement as the server told of it last.
struct Statement {
  std::string name;  // its name, or the gateway's handles: opaque
  Phase phase = Phase::kPending;
  std::string phase_text, detail;
  bool pool_exhausted = false;
  std::optional<Traits> traits;
  std::string json;  // the whole answer; empty where there was none
};

// A page of rows as the server sent it; PageDecoder reads it.
struct RawPage {
  bool plain_text = false;  // the gateway's rowFormat=PLAIN_TEXT
  std::string json;         // its capacity is at least 64 bytes more than its size
  std::chrono::nanoseconds retry_after{0};  // the server asked for a pause
};

struct Filter {
  std::string label, compute_pool, name_contains;
  int page_size = 100;
};

// What happened to a statement while it ran.
struct ExceptionRecord {
  std::string kind, name, message, timestamp;
};

// Thread-safe.
class Statements {
 public:
  virtual ~Statements() = default;  // no wait, no request

  // Connects; a gateway's session is opened.
  [[nodiscard]] static std::shared_ptr<Statements> open(const Options& options,
                                                        const Wait& wait);

  [[nodiscard]] virtual const Capabilities& capabilities() const noexcept = 0;
  [[nodiscard]] virtual const Options& options() const noexcept = 0;
  // The zone in which TIMESTAMP_LTZ values are written; asked again where a SET may
  // have changed it.
  [[nodiscard]] virtual std::string time_zone(const Wait& wait) = 0;

  // Hands the text over and does not wait for it to run. Sent once: where the answer is
  // lost and the name tells whether it arrived, that is asked.
  [[nodiscard]] virtual Statement submit(std::string_view sql,
                                         const StatementOptions& options,
                                         const Wait& wait) = 0;
  [[nodiscard]] virtual Statement status(const std::string& name,
                                         const Wait& wait) = 0;  // kNotFound
  // Asks until rows can be read or it has ended, soon at first and then more slowly.
  // Throws what a statement that failed says, in the server's own words.
  [[nodiscard]] virtual Statement ready(Statement statement, const Wait& wait) = 0;
  // The page at a position: "" is the first, then PageInfo::next of the page before.
  // The same one again is allowed, an earlier one is not.
  [[nodiscard]] virtual RawPage fetch(const std::string& name,
                                      const std::string& position, RowFormat format,
                                      const Wait& wait) = 0;

  // Stops it so that no job stays behind: waits until it may be stopped. Idempotent.
  virtual void stop(const std::string& name, const Wait& wait) = 0;
  // stop() and forget it; kConfluent: DELETE. One that is gone already is no error.
  virtual void remove(const std::string& name, const Wait& wait) = 0;
  // remove() that rides with the next submit(), settle() or close(). Never waits, any
  // thread.
  virtual void remove_later(std::string name) noexcept = 0;
  virtual void settle(const Wait& wait) = 0;  // what waits to be removed
  // It outlives this object: close() leaves it alone, kGateway: and its session.
  virtual void leave(const std::string&) noexcept {}

  // ---- named statements ----
  [[nodiscard]] virtual std::vector<Statement> list(const Filter& filter,
                                                    const Wait& wait);
  // Unset: stays as it is. stopped=false resumes.
  virtual Statement update(const std::string& name, std::optional<bool> stopped,
                           std::optional<std::string> compute_pool,
                           std::optional<std::string> principal, const Wait& wait);
  [[nodiscard]] virtual std::vector<ExceptionRecord> exceptions(const std::string& name,
                                                                const Wait& wait);

  // ---- the gateway's session ----
  // SET, USE, CREATE ..., ADD JAR without an operation of its own.
  virtual void configure(std::string_view sql, const Wait& wait);
  [[nodiscard]] virtual std::vector<std::string> complete(std::string_view sql,
                                                          int64_t position,
                                                          const Wait& wait);
  [[nodiscard]] virtual Properties properties(const Wait& wait);
  // Keeps the session of a statement alive; nothing where none expires.
  virtual void heartbeat(const std::string& name, const Wait& wait);

  // Asks something that needs valid credentials, and keeps a session alive.
  virtual void validate(const Wait& wait) = 0;
  [[nodiscard]] virtual SessionInfo info() const = 0;
  [[nodiscard]] virtual ServerInfo server(const Wait& wait) = 0;
  virtual void close(const Wait& wait) = 0;  // idempotent; what waits goes first
};

}  // namespace fletching::flink
