// SPDX-License-Identifier: Apache-2.0
// The C++ API: Database -> Connection -> Statement -> Result. Handles are cheap to copy
// and share state; a child keeps its parent alive, and any order of closing is legal.
// Every function may throw fletching::Error. Thread-safe, with one Result read by one
// thread at a time; cancel() may come from any thread. After fork the handles of the
// parent's generation throw kInvalidState in the child, and only close quietly there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fletching/error.h"
#include "fletching/exchange.h"
#include "fletching/flight_reader.h"
#include "fletching/metadata.h"
#include "fletching/oauth.h"
#include "fletching/parameter_style.h"
#include "fletching/row_options.h"
#include "fletching/server.h"
#include "fletching/substrait.h"
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
  std::string uri;      // without secrets
  std::string profile;  // of servers, that is in use: "generic", "datafusion", ...
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
  // Flink: where Statement::attach() goes on behind the last batch; empty: nowhere.
  [[nodiscard]] std::string position() const;
  void cancel() noexcept;
  void close() noexcept;
  // Moves the rest into an Arrow C stream.
  void export_stream(ArrowArrayStream* out);

  struct State;
  explicit Result(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

// Where ingest() writes, and what must be so before.
struct IngestOptions {
  enum class Mode : uint8_t { kCreate, kAppend, kReplace, kCreateAppend };
  std::string table;
  Mode mode = Mode::kCreate;
  std::optional<std::string> catalog, schema;
  bool temporary = false;
  std::map<std::string, std::string> options;  // the server's own
  bool insert_fallback = false;  // INSERT in batches where the server has no ingest
};

// Told on the executing thread, at most ten times a second, without locks held. May
// throw, which ends the operation.
using ProgressListener = std::function<void(const ResultProgress&)>;

class Statement {
 public:
  void set_option(std::string_view name, std::string_view value);
  void set_progress(ProgressListener listener);
  // Executes: returns when the statement has run, or its first rows have come.
  Result execute(std::string_view sql);
  // Flink: the name of the statement that was executed last, by which attach() and
  // FlinkStatements (fletching/flink.h) know it; empty before.
  [[nodiscard]] std::string flink_statement() const;
  // Flink: the rows of a statement that was submitted before, by this process or
  // another, from a Result's position() on. Without one: from where its last reader
  // left off, whose last page comes once more from a gateway; Confluent refuses it
  // (kNotFound) once a page has been acknowledged. Closing the result leaves the
  // statement as it is. kNotFound: there is no such statement.
  Result attach(std::string_view name, std::string_view position = {});
  // Executes a plan; one that writes (by its root) as an update. kNotImplemented where
  // the server takes none.
  Result execute_substrait(const SubstraitPlan& plan);
  // Only plans: the schema of the result, released by the caller.
  void execute_schema(std::string_view sql, ArrowSchema* out);
  void execute_schema(const SubstraitPlan& plan, ArrowSchema* out);

  // Runs a query of a Flight server for parts that are read apart, with
  // Connection::read_partition, in any process: opaque bytes, one an endpoint. `out`
  // (may be null): the schema of each, released by the caller.
  std::vector<std::string> execute_partitions(std::string_view sql, ArrowSchema* out);
  std::vector<std::string> execute_partitions(const SubstraitPlan& plan,
                                              ArrowSchema* out);
  // Of the text that was prepared, with the row that was bound. What its parts stand
  // for lives on the server as long as this statement, or until it does so again.
  std::vector<std::string> execute_partitions(ArrowSchema* out);

  // ---- with parameters: prepare, bind, execute ----
  // Finds the placeholders and, where values are bound by the server, prepares the
  // text there (a text prepared before in the same transaction is reused).
  void prepare(std::string_view sql, ParameterStyle style = ParameterStyle::kQmark);
  // The same for a plan, on the server. bind() takes a column for each of its
  // parameters, in their order.
  void prepare_substrait(const SubstraitPlan& plan);
  // One a slot, in the order in which bind() wants columns; "" for those by position.
  // A name that stands twice in the text is one slot. Of a plan: as many as the server
  // tells of.
  [[nodiscard]] std::vector<std::string> parameter_names() const;
  // What the server expects, one field a slot, released by the caller; false where it
  // does not say.
  bool parameter_schema(ArrowSchema* out) const;
  // Takes the rows: columns by position, or by name where the slots have names (missing
  // or surplus ones: kInvalidArgument). As they are, never cast. Several rows run the
  // statement once a row; only an update may have more than one.
  void bind(ArrowArrayStream* rows);
  // Runs what was prepared with what was bound; the binding is used up.
  Result execute();

  // Writes all rows into a table; the rows written, -1 unknown. Takes the stream.
  int64_t ingest(const IngestOptions& target, ArrowArrayStream* rows);

  void cancel() noexcept;  // what runs now; without effect on what comes later
  void close() noexcept;

  struct State;
  explicit Statement(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

using SessionOption = std::variant<std::monostate, std::string, bool, int64_t, double,
                                   std::vector<std::string>>;

class Connection {
 public:
  [[nodiscard]] Statement statement();
  Result execute(std::string_view sql);  // statement().execute(sql)
  // The rows of one part of what execute_partitions() gave, here or elsewhere.
  Result read_partition(std::string_view partition);
  // A DoExchange with a Flight service: `rows` (null: none; the stream is taken) go out
  // while the result, which is what the service sends, is read, on its reader's thread.
  // Neither side has to fit into memory: what was not taken is not sent for (see the
  // option memory_budget), and a service that waits for that does not block the rows.
  Result exchange(const FlightDescriptor& descriptor, ArrowArrayStream* rows);
  // The same with what goes beside the batches. `schema`: of all batches of the source,
  // taken; null where it gives none. A null source sends nothing.
  FlightReader exchange(const FlightDescriptor& descriptor, ArrowSchema* schema,
                        ExchangeSource source);

  // ---- transactions (docs/transactions.md) ----
  // At first every statement commits by itself. Switched off: a transaction begins
  // before the first statement that may change data; kNotImplemented if the server has
  // none. Switching on commits the open one.
  void set_autocommit(bool on);
  [[nodiscard]] bool autocommit() const;
  void begin();  // at once, whatever autocommit says
  // Nothing to do without an open transaction. A commit whose answer was lost throws
  // kIo with SQLSTATE 08007: it may have happened.
  void commit();
  void rollback();
  [[nodiscard]] bool in_transaction() const;
  void savepoint(std::string_view name);
  void rollback_to(std::string_view name);
  void release(std::string_view name);

  // ---- the server's session ----
  // monostate erases. Set again where the server has begun a new session.
  void set_session_options(const std::map<std::string, SessionOption>& options);
  [[nodiscard]] std::map<std::string, SessionOption> session_options();

  // Results have the columns that Flight SQL defines, whatever the server made of them.
  // kNotImplemented: the server has no such command; no rows where it has nothing to
  // say. Filters: fletching/metadata.h.
  Result get_catalogs();
  Result get_db_schemas(std::optional<std::string> catalog,
                        std::optional<std::string> schema_pattern);
  Result get_tables(const TablesFilter& filter);
  Result get_table_types();
  Result get_sql_info(const std::vector<uint32_t>& ids);
  Result get_primary_keys(const TableRef& table);
  Result get_exported_keys(const TableRef& table);
  Result get_imported_keys(const TableRef& table);
  Result get_cross_reference(const TableRef& primary, const TableRef& foreign);
  Result get_type_info(std::optional<int32_t> data_type);
  // ADBC's GetObjects: catalogs > schemas > tables > columns and constraints, nested.
  Result get_objects(const ObjectsFilter& filter);
  // ADBC's GetStatistics, one row a table, counted by queries when it is read: exact
  // values, even where `approximate` would allow others. Of a table its rows; with
  // approximate = false also each column's missing and distinct values, least and
  // greatest, where its type and the server have those: integers and moments as Arrow
  // has them (in the unit of the column's Arrow type), decimals as text.
  // kNotImplemented at Flink, whose tables may be without an end.
  Result get_statistics(const StatisticsFilter& filter);
  // The schema of one table by its exact names, released by the caller. kNotFound;
  // kInvalidArgument where several catalogs or schemas have such a table.
  void get_table_schema(std::optional<std::string> catalog,
                        std::optional<std::string> schema, std::string_view table,
                        ArrowSchema* out);
  // What the server is and can do. Asks it once in a process.
  [[nodiscard]] ServerDescription server();
  // The names of the RPC actions that the server lists.
  [[nodiscard]] std::vector<std::string> actions();

  void set_option(std::string_view name, std::string_view value);
  [[nodiscard]] ConnectionInfo info();
  [[nodiscard]] RowOptions row_options() const;  // as options said when it was opened
  double ping();           // seconds of the round trip of a cheap RPC
  void cancel() noexcept;  // whatever this connection runs now
  // Sends what waits to be closed on a server where that matters at once: jobs of Flink
  // whose results were closed. Elsewhere it rides with the next call.
  void settle();
  void close();  // sends what waits to be closed; idempotent

  struct State;
  explicit Connection(std::shared_ptr<State> state);

 private:
  friend class FlightCalls;      // the RPCs underneath, for the faces
  friend class FlinkStatements;  // fletching/flink.h
  std::shared_ptr<State> state_;
};

// A bearer token and, if it ends, when (seconds since the epoch).
struct Token {
  std::string value;
  std::optional<double> expires_at;
};
// Asked for a token: before the first call, a minute before the last one ends, and once
// when the server refuses it. On a thread that waits for it, without locks held.
using TokenProvider = std::function<Token()>;

// Reads Parquet files, which servers may offer at HTTP URLs in place of Arrow streams
// and the core does not read. `fd`: open for reading at any place, as long as `out`
// lives, and not the reader's to close. `wanted`: the columns of the result, to which
// those of the file are cast where no value changes by it; null: as they are. Runs, as
// the calls of the stream do, on the thread that reads the result, without locks held.
using ParquetReader =
    std::function<void(int fd, const ArrowSchema* wanted, ArrowArrayStream* out)>;

class Database {
 public:
  // uri: any form of docs/reference/urls.md. options: by name or alias; they win over
  // the URI's. No network. Throws kInvalidArgument naming the option and what it may
  // be.
  explicit Database(std::string_view uri, const OptionMap& options = {});
  void set_tick(Tick* tick);  // for every wait of this database's children
  // One of the two, before connect(). What asks the endpoint can be cancelled, and ends
  // with the deadline of what needs the token, or after the time for connecting.
  void set_token_provider(TokenProvider provider);
  void set_oauth(const OAuthOptions& options);  // kInvalidArgument: what is missing
  // Before connect(). Without one such files are kNotImplemented.
  void set_parquet_reader(ParquetReader reader);
  [[nodiscard]] Connection connect();
  // From any thread: ends connect() where it runs now and where it is called later
  // (kCancelled). What is open stays so.
  void cancel() noexcept;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

// For a face's exit handler: cancels everything, refuses new waits, waits at most
// `seconds` for threads of the core to end.
void shutdown(double seconds) noexcept;

}  // namespace fletching
