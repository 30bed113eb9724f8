// SPDX-License-Identifier: Apache-2.0
// What is configured of a Flink server, a session and a statement.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "transport/channel.h"
#include "transport/headers.h"

namespace fletching::flink {

enum class ServerKind : uint8_t {
  kGateway,    // Apache Flink's SQL Gateway, REST v1 to v4
  kConfluent,  // Confluent Cloud's statements API, sql/v1
};

// Whether a query reads what is there now and ends, or goes on for ever.
enum class Mode : uint8_t {
  kAuto,       // kBatch, and kStreaming for a table that has no end
  kBatch,      // execution.runtime-mode=batch; sql.snapshot.mode=now
  kStreaming,  // rows as they come, also those that change earlier ones
  kServer,     // as the server or the session is configured: nothing is sent
};

// What becomes of rows that take back or replace earlier ones.
enum class ChangelogRows : uint8_t {
  kRefuse,  // an error that names the other choices
  kColumn,  // a first column `op` tells what each row does: +I, -U, +U, -D
  kAuto,    // kColumn of queries that go on, kRefuse of others
  kOps,     // in Batch::ops, for readers inside of the core
};

enum class RowFormat : uint8_t {
  kAuto,  // JSON; PLAIN_TEXT for a page that JSON cannot carry
  kJson,
  kPlainText,
};

using Properties = std::map<std::string, std::string>;

// Where the name of a statement is left once the server has taken it. Thread-safe.
class SubmittedName {
 public:
  void set(std::string name) {
    const std::lock_guard lock(mutex_);
    name_ = std::move(name);
  }
  [[nodiscard]] std::string get() const {
    const std::lock_guard lock(mutex_);
    return name_;
  }

 private:
  mutable std::mutex mutex_;
  std::string name_;
};

// One statement's.
struct StatementOptions {
  Mode mode = Mode::kAuto;
  ChangelogRows changelog = ChangelogRows::kRefuse;
  RowFormat row_format = RowFormat::kAuto;  // kGateway
  Properties properties;                    // of this statement, over the session's
  std::string name;                         // kConfluent; empty: made up
  std::vector<std::string> labels;          // kConfluent, without their prefix
  std::string compute_pool;                 // kConfluent; empty: the connection's
  bool dry_run = false;                     // kConfluent: checked, not run
  // It stays when its result is closed, kGateway: with its session.
  bool keep = false;
  std::shared_ptr<SubmittedName> submitted;  // null: nobody asks
  // kGateway: how often the session hears of a reader ahead that waits; 0: never.
  std::chrono::nanoseconds heartbeat{0};
  std::string position;  // Batch::position, to be read on from; empty: the beginning
};

struct Options {
  ServerKind server = ServerKind::kGateway;
  ChannelOptions channel;
  Headers headers;             // on every request
  std::string user, password;  // Basic: a proxy's before a gateway, or key and secret
  std::string token;           // Bearer
  // Gives the token instead, before each request; `refused` is one that the server
  // would not take (else empty). On the thread that waits for the request.
  std::function<std::string(const std::string& refused, const Wait& wait)> token_source;
  std::string catalog, database;
  std::string time_zone = "UTC";  // of the session: what TIMESTAMP_LTZ is shown in
  Properties properties;          // of the session, or of every statement
  int retries = 3;
  std::chrono::nanoseconds silence_timeout = std::chrono::seconds(60);
  std::string path;  // in front of /v3 or /sql/v1, where a proxy has put one
  // kGateway
  int api_version = 0;  // 1 to 4; 0: the newest that both sides know
  // kConfluent
  std::string organization, environment, compute_pool;
  std::string identity_pool;  // with token: Confluent-Identity-Pool-Id
};

}  // namespace fletching::flink
