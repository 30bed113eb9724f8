// SPDX-License-Identifier: Apache-2.0
// The seam between the driver and the protocols it speaks. A backend implements what
// its server can do; everything else is refused here, in one place, by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result_stream.h"

namespace fletching {

// Filters as Flight SQL has them: unset means any; `catalog` is exact ("" = those
// without one), patterns are SQL LIKE.
struct MetadataRequest {
  enum class Kind : uint8_t { kCatalogs, kDbSchemas, kTables, kTableTypes, kSqlInfo };
  Kind kind = Kind::kCatalogs;
  std::optional<std::string> catalog, schema_pattern, table_pattern;
  std::vector<std::string> table_types;
  bool include_schema = false;
  std::vector<uint32_t> info_ids;  // kSqlInfo; empty: all
};

// What was found while connecting; times in seconds. No secrets.
struct SessionInfo {
  std::string address, proxy, tls_version, tls_cipher, alpn, certificate, auth;
  double resolve_seconds = 0, connect_seconds = 0, tls_seconds = 0;
};

// One statement's text, run any number of times. Used by one thread at a time.
class Query {
 public:
  virtual ~Query() = default;  // no wait, no RPC of its own

  // Runs it for its rows.
  [[nodiscard]] virtual std::unique_ptr<ResultStream> execute(const Wait& wait) = 0;
  // Runs it for its effect: rows changed, -1 unknown; nullopt: the server has no such
  // way and has run nothing, so execute() is the way.
  [[nodiscard]] virtual std::optional<int64_t> execute_update(const Wait& wait) = 0;
  // The schema of the rows, without running it.
  [[nodiscard]] virtual UniqueSchema result_schema(const Wait& wait);
};

// One logical session: what a driver Connection stands on. Thread-safe.
class Session {
 public:
  virtual ~Session() = default;

  [[nodiscard]] virtual std::unique_ptr<Query> query(std::string_view sql) = 0;
  [[nodiscard]] virtual std::unique_ptr<ResultStream> metadata(
      const MetadataRequest& request, const Wait& wait);
  [[nodiscard]] virtual SessionInfo info() const = 0;
  // The round trip of the cheapest proof that the peer is there.
  virtual std::chrono::nanoseconds ping(const Wait& wait) = 0;
  // Asks the server something that needs valid credentials.
  virtual void validate(const Wait& wait) = 0;
  // Sends what waits to be closed. Idempotent; errors on the way are swallowed.
  virtual void close(const Wait& wait) = 0;
};

// One configured server. Thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::unique_ptr<Session> open_session(const Wait& wait) = 0;
};

}  // namespace fletching
