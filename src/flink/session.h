// SPDX-License-Identifier: Apache-2.0
// One Flink session, whichever server it is with: statements are submitted, watched,
// read page by page and stopped. What only one kind of server has is told by
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

namespace fletching {

struct FlinkCapabilities {
  bool named_statements = false;  // names of the caller's that outlive the session:
                                  // get, list, labels, reading one again by its name
  bool resume = false;  // stop() keeps a statement, resume() goes on with it
  bool update = false;  // compute pool and principal of a stopped one
  bool traits = false;  // bounded, append-only, keys and columns before the first row
  bool exceptions = false;  // what happened to a statement
  bool dry_run = false;
  bool completion = false;     // complete()
  bool session_state = false;  // SET and USE hold for later statements
  bool row_formats = false;    // JSON or PLAIN_TEXT
};

enum class FlinkPhase : uint8_t {
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
  kUnknown,  // a word that is not known here: phase_text has it
};
// Nothing more will happen.
[[nodiscard]] bool is_terminal(FlinkPhase phase) noexcept;
[[nodiscard]] FlinkPhase parse_flink_phase(std::string_view word) noexcept;

struct FlinkTraits {
  std::string sql_kind;  // "SELECT", "CREATE_TABLE", "INSERT_INTO" ...
  bool bounded = false;
  bool append_only = false;
  std::vector<int32_t> upsert_columns;  // key columns; empty: none
  std::string columns;                  // JSON array as sent; empty: no rows come
};

// A statement as the server told of it last.
struct FlinkStatement {
  std::string name;  // its name, or the gateway's operation handle
  FlinkPhase phase = FlinkPhase::kPending;
  std::string phase_text, detail;
  bool pool_exhausted = false;
  std::optional<FlinkTraits> traits;
  std::string json;  // the whole answer; empty where there was none
};

// How the fields of a page are written.
enum class FlinkEncoding : uint8_t { kConfluent, kGatewayJson, kGatewayText };

struct FlinkPage {
  enum class Kind : uint8_t { kNotReady, kRows, kEnd };
  Kind kind = Kind::kNotReady;
  FlinkEncoding encoding = FlinkEncoding::kConfluent;
  // The answer as it came; its capacity is at least 64 bytes more than its size.
  std::string body;
  std::string next;      // where to go on; empty after kEnd
  bool has_rows = true;  // kRows, kEnd: false where the answer holds none
  bool is_query = true;  // gateway: the columns are those of a query
  std::string job_id;    // gateway
  std::chrono::nanoseconds retry_after{0};  // the server asked for a pause
};

struct FlinkFilter {
  std::string label, compute_pool, name_contains;
  int page_size = 100;
};

struct FlinkException {
  std::string kind, name, message, timestamp;
};

// Thread-safe.
class FlinkSession {
 public:
  virtual ~FlinkSession() = default;  // no wait, no request

  [[nodiscard]] virtual const FlinkCapabilities& capabilities() const noexcept = 0;
  [[nodiscard]] virtual const FlinkOptions& options() const noexcept = 0;
  // The zone in which TIMESTAMP_LTZ values are written: asked once where SET may have
  // changed it.
  [[nodiscard]] virtual std::string time_zone(const Wait& wait) = 0;

  // Hands the text over and does not wait for it to run. Sent once: where the answer is
  // lost and a name tells whether it arrived, that is asked.
  [[nodiscard]] virtual FlinkStatement submit(std::string_view sql,
                                              const FlinkStatementOptions& options,
                                              const Wait& wait) = 0;
  // kNotFound.
  [[nodiscard]] virtual FlinkStatement status(const std::string& name,
                                              const Wait& wait) = 0;
  // Asks until rows can be read or it has ended, soon at first and then more slowly.
  // A statement that failed throws what happened, with the server's own words.
  [[nodiscard]] virtual FlinkStatement ready(FlinkStatement statement,
                                             const Wait& wait) = 0;
  // The page at a position, "" for the first; the same one again is allowed, an earlier
  // one is not.
  [[nodiscard]] virtual FlinkPage fetch(const std::string& name,
                                        const std::string& position,
                                        FlinkRowFormat format, const Wait& wait) = 0;

  // Stops it so that no job stays behind: waits until it may be stopped. Idempotent.
  virtual void stop(const std::string& name, const Wait& wait) = 0;
  // stop() and forget; kConfluent: DELETE. One that is gone already is no error.
  virtual void remove(const std::string& name, const Wait& wait) = 0;
  // remove() that rides with a later call or close(). Never waits, any thread.
  virtual void remove_later(std::string name) noexcept = 0;

  // ---- named statements ----
  [[nodiscard]] virtual std::vector<FlinkStatement> list(const FlinkFilter& filter,
                                                         const Wait& wait);
  // Unset: stays as it is.
  virtual FlinkStatement update(const std::string& name, std::optional<bool> stopped,
                                std::optional<std::string> compute_pool,
                                std::optional<std::string> principal, const Wait& wait);
  [[nodiscard]] virtual std::vector<FlinkException> exceptions(const std::string& name,
                                                               const Wait& wait);

  // ---- the gateway's session ----
  // SET, USE, CREATE ..., ADD JAR without an operation of its own.
  virtual void configure(std::string_view sql, const Wait& wait);
  [[nodiscard]] virtual std::vector<std::string> complete(std::string_view sql,
                                                          int64_t position,
                                                          const Wait& wait);
  [[nodiscard]] virtual FlinkProperties properties(const Wait& wait);
  virtual void heartbeat(const Wait& wait);

  [[nodiscard]] virtual SessionInfo info() const = 0;
  [[nodiscard]] virtual ServerInfo server(const Wait& wait) = 0;
  virtual void close(const Wait& wait) = 0;  // idempotent; what waits goes first
};

// Connects; a gateway's session is opened.
[[nodiscard]] std::shared_ptr<FlinkSession> open_flink_session(
    const FlinkOptions& options, const Wait& wait);

}  // namespace fletching
