// SPDX-License-Identifier: Apache-2.0
// The C++ API: Database -> Connection -> Statement -> Result. Handles are cheap to copy
// and share state; a child keeps its parent alive, and any order of closing is legal.
// Every function may throw fletching::Error. Thread-safe, with one Result read by one
// thread at a time; cancel() may come from any thread. After fork the handles of the
// parent's generation throw kInvalidState in the child, and only close quietly there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fletching/error.h"
#include "fletching/tick.h"

struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

namespace fletching {

using OptionMap = std::map<std::string, std::string>;

// One row of the options table (docs/reference/options.md is made from it).
struct OptionInfo {
  std::string_view name;   // "adbc.*" where ADBC has the key, else "fletching.*"
  std::string_view alias;  // short name taken by connect(), without prefix
  std::string_view type;   // "string", "bool", "int", "seconds", "bytes", "enum ..."
  std::string_view default_value;
  std::string_view level;  // "database", "connection", "statement"
  std::string_view doc;
  bool secret = false;
};
[[nodiscard]] const std::vector<OptionInfo>& option_table();

// What a connection found, for `ping` and `info`.
struct ConnectionInfo {
  std::string uri;  // without secrets
  std::string address, proxy, tls_version, tls_cipher, alpn, certificate;
  std::string auth;  // how calls are authorised, in words
  double resolve_seconds = 0, connect_seconds = 0, tls_seconds = 0;
};

struct ResultProgress {
  int64_t rows = 0, bytes = 0, total_rows = -1, total_bytes = -1;
  double fraction = -1;
};

class Result {
 public:
  Result();
  [[nodiscard]] bool has_rows() const;  // false: an update, only rows_affected()
  [[nodiscard]] int64_t rows_affected() const;  // -1: unknown or a query
  // A struct type; valid as long as the Result.
  const ArrowSchema& schema();
  // Fills in the next batch (a struct array the caller releases); false at the end.
  bool next(ArrowArray* out);
  [[nodiscard]] ResultProgress progress() const;
  void cancel() noexcept;
  void close() noexcept;
  // Moves the rest into an Arrow C stream.
  void export_stream(ArrowArrayStream* out);

  struct State;
  explicit Result(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

class Statement {
 public:
  void set_option(std::string_view name, std::string_view value);
  // Executes: returns when the statement has run, or its first rows have come.
  Result execute(std::string_view sql);
  // Only plans: the schema of the result, released by the caller.
  void execute_schema(std::string_view sql, ArrowSchema* out);
  void cancel() noexcept;  // what runs now; without effect on what comes later
  void close() noexcept;

  struct State;
  explicit Statement(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

// Metadata filters: unset = any. Patterns are SQL LIKE; `catalog` is exact.
struct TablesFilter {
  std::optional<std::string> catalog, schema_pattern, table_pattern;
  std::vector<std::string> table_types;
  bool include_schema = false;
};

class Connection {
 public:
  [[nodiscard]] Statement statement();
  Result execute(std::string_view sql);  // statement().execute(sql)

  // As Flight SQL defines the result columns.
  Result get_catalogs();
  Result get_db_schemas(std::optional<std::string> catalog,
                        std::optional<std::string> schema_pattern);
  Result get_tables(const TablesFilter& filter);
  Result get_table_types();
  Result get_sql_info(const std::vector<uint32_t>& ids);
  // The schema of one table, released by the caller.
  void get_table_schema(std::optional<std::string> catalog,
                        std::optional<std::string> schema, std::string_view table,
                        ArrowSchema* out);

  void set_option(std::string_view name, std::string_view value);
  [[nodiscard]] ConnectionInfo info();
  double ping();           // seconds of the round trip of a cheap RPC
  void cancel() noexcept;  // whatever this connection runs now
  void close();            // sends what waits to be closed; idempotent

  struct State;
  explicit Connection(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

class Database {
 public:
  // uri: any form of docs/reference/urls.md. options: by name or alias; they win over
  // the URI's. No network. Throws kInvalidArgument naming the option and what it may
  // be.
  explicit Database(std::string_view uri, const OptionMap& options = {});
  void set_tick(Tick* tick);  // for every wait of this database's children
  [[nodiscard]] Connection connect();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

// For a face's exit handler: cancels everything, refuses new waits, waits at most
// `seconds` for threads of the core to end.
void shutdown(double seconds) noexcept;

}  // namespace fletching
