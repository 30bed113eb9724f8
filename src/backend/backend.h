// SPDX-License-Identifier: Apache-2.0
// The seam between the driver and the protocols it speaks. A backend implements what
// its server can do; everything else is refused here, in one place, by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "arrow/result_stream.h"
#include "backend/profile.h"
#include "backend/server_info.h"
#include "fletching/substrait.h"

namespace fletching {

// A table by its exact names; an unset catalog or schema means any, "" means none.
struct TableName {
  std::optional<std::string> catalog, schema;
  std::string table;
};

// Filters as Flight SQL has them: unset means any; `catalog` is exact ("" = those
// without one), patterns are SQL LIKE.
struct MetadataRequest {
  enum class Kind : uint8_t {
    kCatalogs,
    kDbSchemas,
    kTables,
    kTableTypes,
    kSqlInfo,
    kPrimaryKeys,     // of `table`
    kExportedKeys,    // foreign keys that refer to `table`
    kImportedKeys,    // foreign keys of `table`
    kCrossReference,  // foreign keys of `foreign_table` that refer to `table`
    kTypeInfo,        // XdbcTypeInfo
  };
  Kind kind = Kind::kCatalogs;
  std::optional<std::string> catalog, schema_pattern, table_pattern;
  std::vector<std::string> table_types;
  bool include_schema = false;
  std::vector<uint32_t> info_ids;  // kSqlInfo; empty: all
  TableName table, foreign_table;
  std::optional<int32_t> data_type;  // kTypeInfo; unset: all
};

// A value of a session option; monostate erases it.
using SessionValue = std::variant<std::monostate, std::string, bool, int64_t, double,
                                  std::vector<std::string>>;
using SessionOptions = std::map<std::string, SessionValue>;

// Where and how ingest() writes.
struct IngestTarget {
  enum class Exists : uint8_t { kFail, kAppend, kReplace };
  enum class Missing : uint8_t { kFail, kCreate };
  std::string table;
  std::optional<std::string> catalog, schema;
  Exists exists = Exists::kFail;
  Missing missing = Missing::kCreate;
  bool temporary = false;
  std::map<std::string, std::string> options;  // the server's own
  int64_t max_message = int64_t{4} << 20;      // larger batches are sliced, bytes
};

// Headers of single calls, in place of others of the same (lower-case) names.
using CallHeaders = std::vector<std::pair<std::string, std::string>>;

class Flights;  // backend/flights.h

namespace flink {
struct StatementOptions;  // flink/options.h
class Statements;         // flink/statements.h
}  // namespace flink

// Told how far a long operation is, on the thread that runs it and without locks held.
// May throw, which ends the operation.
using ProgressCallback = std::function<void(const Progress&)>;

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

  // How it runs at a Flink server; nothing elsewhere.
  virtual void set_flink_options(const flink::StatementOptions&) {}

  // execute() asks for progress while the server works (PollFlightInfo) and reports it,
  // where the server can.
  virtual void report_progress(ProgressCallback callback);
};

// A statement that the server has prepared, in the transaction of that moment. Used by
// one thread at a time. The destructor does not wait: closing rides with a later call.
class PreparedQuery {
 public:
  virtual ~PreparedQuery() = default;

  // One field a placeholder; null where the server does not say. It need not be right.
  [[nodiscard]] virtual const ArrowSchema* parameter_schema() const = 0;
  // The schema of its rows; null where the server does not say.
  [[nodiscard]] virtual const ArrowSchema* dataset_schema() const = 0;
  // Which way it must run; unset: the caller decides.
  [[nodiscard]] virtual std::optional<bool> is_update() const = 0;
  // As Query has it; empty: no reports any more.
  virtual void report_progress(ProgressCallback callback);
  // The server has said that it takes no parameters: an execute() failed so, and ran
  // nothing.
  [[nodiscard]] virtual bool cannot_bind() const { return false; }

  // Run with rows of parameters (columns in the order of the placeholders), or null for
  // none. A server may bind one row at a time only: the profile knows, the caller
  // splits.
  [[nodiscard]] virtual std::unique_ptr<ResultStream> execute(ResultStream* parameters,
                                                              const Wait& wait) = 0;
  // Rows changed, -1 unknown; nullopt: the server has no update path and ran nothing.
  [[nodiscard]] virtual std::optional<int64_t> execute_update(ResultStream* parameters,
                                                              const Wait& wait) = 0;
};

// One logical session: what a driver Connection stands on. Thread-safe.
class Session {
 public:
  virtual ~Session() = default;

  // In the transaction of this moment, if there is one.
  [[nodiscard]] virtual std::unique_ptr<Query> query(std::string_view sql) = 0;
  [[nodiscard]] virtual std::unique_ptr<PreparedQuery> prepare(std::string_view sql,
                                                               const Wait& wait);
  // Both for a Substrait plan in place of text. kNotImplemented where the protocol has
  // none.
  [[nodiscard]] virtual std::unique_ptr<Query> query_plan(const SubstraitPlan& plan);
  [[nodiscard]] virtual std::unique_ptr<PreparedQuery> prepare_plan(
      const SubstraitPlan& plan, const Wait& wait);
  [[nodiscard]] virtual std::unique_ptr<ResultStream> metadata(
      const MetadataRequest& request, const Wait& wait);

  // The RPCs under all that, with these headers in each. kNotImplemented where the
  // protocol is not Arrow Flight.
  [[nodiscard]] virtual std::unique_ptr<Flights> flights(CallHeaders headers);

  // The statements of Flink under all that, to be named, listed, stopped, read again.
  // kNotImplemented elsewhere.
  [[nodiscard]] virtual std::shared_ptr<flink::Statements> flink_statements();
  // The rows of one of them that was submitted before.
  [[nodiscard]] virtual std::unique_ptr<ResultStream> attach(
      std::string_view statement, const flink::StatementOptions& options,
      const Wait& wait);

  // What the server says of itself; asked once per identity. A server that does not say
  // leaves everything unset.
  [[nodiscard]] virtual ServerInfo server_info(const Wait& wait);
  // What kind of server it is has been told or found out; from now on the session acts
  // accordingly.
  virtual void adopt(const ServerProfile& profile);
  // The names of what it can be asked to do beside queries, in its own words.
  [[nodiscard]] virtual std::vector<std::string> actions(const Wait& wait);

  // One transaction at a time; statements made after begin() are in it. A commit that
  // lost its answer throws kIo with SQLSTATE 08007 (it may have happened); in any case
  // there is no transaction afterwards. A rollback that cannot reach the server is no
  // error.
  virtual void begin(const Wait& wait);
  virtual void commit(const Wait& wait);
  virtual void rollback(const Wait& wait);
  // Changes whenever a transaction begins or ends; 0: none is open.
  [[nodiscard]] virtual uint64_t transaction() const;
  virtual void savepoint(std::string_view name, const Wait& wait);
  virtual void rollback_to(std::string_view name, const Wait& wait);
  virtual void release(std::string_view name, const Wait& wait);

  // All rows into a table, in the open transaction. The rows written, -1 unknown.
  // kNotImplemented: the server cannot, and nothing was written.
  virtual int64_t ingest(const IngestTarget& target, ResultStream& rows,
                         const ProgressCallback& progress, const Wait& wait);

  // Options of the server's session. They are remembered and set again where the server
  // has made a new session. kInvalidArgument names those it refused.
  virtual void set_session_options(const SessionOptions& options, const Wait& wait);
  [[nodiscard]] virtual SessionOptions session_options(const Wait& wait);

  [[nodiscard]] virtual SessionInfo info() const = 0;
  // The round trip of the cheapest proof that the peer is there.
  virtual std::chrono::nanoseconds ping(const Wait& wait) = 0;
  // Asks the server something that needs valid credentials.
  virtual void validate(const Wait& wait) = 0;
  // Sends what waits to be closed, where that is not left to the next call.
  virtual void settle(const Wait&) {}
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
