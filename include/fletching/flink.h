// SPDX-License-Identifier: Apache-2.0
// The statements of a Flink server beside their rows: on Confluent Cloud those of the
// environment, which have names and outlive connections; at an SQL Gateway those of its
// sessions, by "SESSION/OPERATION". What a gateway has nothing of is kNotImplemented.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fletching/driver.h"

namespace fletching {

struct FlinkStatement {
  std::string name;
  // PENDING, RUNNING, COMPLETED, FAILED, STOPPED, ... in the server's own words; the
  // gateway's FINISHED says that rows can be read.
  std::string phase;
  std::string detail;  // why it failed, for one
  // Confluent, once the statement has been planned:
  std::string sql_kind;  // "SELECT", "INSERT_INTO", ...
  std::optional<bool> bounded, append_only;
  std::string json;  // the whole answer
};

struct FlinkStatementFilter {
  std::string label, compute_pool, name_contains;  // empty: any
};

struct FlinkException {
  std::string kind, name, message, timestamp;
};

// Of one connection. Thread-safe and cheap to make. Waits as long as the connection's
// query_timeout says.
class FlinkStatements {
 public:
  // Everything throws kNotImplemented where the server is none of Flink's.
  explicit FlinkStatements(const Connection& connection);

  [[nodiscard]] FlinkStatement get(std::string_view name);  // kNotFound
  // Confluent.
  [[nodiscard]] std::vector<FlinkStatement> list(
      const FlinkStatementFilter& filter = {});
  // Returns once it has stopped. A gateway forgets what is stopped.
  void stop(std::string_view name);
  // Stops it and forgets it. One that is gone already is no error.
  void remove(std::string_view name);
  // Confluent: goes on with a statement that was stopped, in another compute pool or as
  // another principal if so given (empty: as it was).
  FlinkStatement resume(std::string_view name, std::string_view compute_pool = {},
                        std::string_view principal = {});
  // Confluent: what happened to it while it ran.
  [[nodiscard]] std::vector<FlinkException> exceptions(std::string_view name);

 private:
  std::shared_ptr<Connection::State> connection_;
};

}  // namespace fletching
