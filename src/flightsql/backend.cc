// SPDX-License-Identifier: Apache-2.0
#include "flightsql/backend.h"

#include <utility>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "flightsql/commands.h"
#include "flightsql/sql_info_cache.h"

namespace fletching {
namespace {

constexpr int32_t kGrpcUnimplemented = 12;

double seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

// The server itself said that it has no such command, before running anything.
bool is_unimplemented(const Error& error) {
  return error.code() == Code::kNotImplemented &&
         error.vendor_code() == kGrpcUnimplemented;
}

UniqueSchema schema_without_columns() {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  if (ArrowSchemaSetTypeStruct(schema.get(), 0) != NANOARROW_OK) throw std::bad_alloc();
  return schema;
}

std::span<const uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class FlightSqlQuery : public Query {
 public:
  FlightSqlQuery(std::shared_ptr<FlightClient> client, std::string_view sql)
      : client_(std::move(client)), sql_(sql) {}

  std::unique_ptr<ResultStream> execute(const Wait& wait) override {
    // Some servers run the statement right here, so this is never sent twice.
    return client_->read(client_->get_flight_info(statement_query(sql_), wait), wait);
  }

  std::optional<int64_t> execute_update(const Wait& wait) override {
    // Servers of the C++ and Java families want a schema message before the end of the
    // stream, so an empty one is sent.
    const auto put = client_->do_put(statement_update(sql_), wait);
    const UniqueSchema empty = schema_without_columns();
    try {
      put->write(IpcWriter(*empty.get()).schema(), wait);
      int64_t total = -1;
      for (const std::string& result : put->finish(wait)) {
        const int64_t count = update_count(result);
        if (count >= 0) total = (total < 0 ? 0 : total) + count;
      }
      return total;
    } catch (const Error& e) {
      if (is_unimplemented(e)) return std::nullopt;
      throw;
    }
  }

  UniqueSchema result_schema(const Wait& wait) override {
    const std::string command = statement_query(sql_);
    std::string bytes;
    try {
      bytes = client_->get_schema(command, wait);
    } catch (const Error& e) {
      if (!is_unimplemented(e)) throw;
    }
    if (bytes.empty()) bytes = client_->get_flight_info(command, wait).schema;
    if (bytes.empty()) {
      throw Error(Code::kNotImplemented,
                  "schema of a query: the server tells it only with the rows (execute "
                  "the query)");
    }
    return decode_schema(as_bytes(bytes));
  }

 private:
  std::shared_ptr<FlightClient> client_;
  std::string sql_;
};

class FlightSqlSession : public Session {
 public:
  explicit FlightSqlSession(std::shared_ptr<FlightClient> client)
      : client_(std::move(client)) {}

  std::unique_ptr<Query> query(std::string_view sql) override {
    return std::make_unique<FlightSqlQuery>(client_, sql);
  }

  std::unique_ptr<ResultStream> metadata(const MetadataRequest& request,
                                         const Wait& wait) override {
    const std::string command = metadata_command(request);
    const bool is_info = request.kind == MetadataRequest::Kind::kSqlInfo;
    const std::string key = is_info ? identity_of(client_->options()) + command : "";
    if (is_info) {
      if (auto known = cached_sql_info(key)) return known;
    }
    constexpr bool kRetrySafe = true;  // metadata commands change nothing
    auto stream =
        client_->read(client_->get_flight_info(command, wait, kRetrySafe), wait);
    return is_info ? remember_sql_info(key, *stream, wait) : std::move(stream);
  }

  SessionInfo info() const override {
    const PeerInfo& peer = client_->peer();
    return {.address = peer.address,
            .proxy = peer.proxy,
            .tls_version = peer.tls_version,
            .tls_cipher = peer.tls_cipher,
            .alpn = peer.alpn,
            .certificate = peer.certificate,
            .auth = client_->auth_description(),
            .resolve_seconds = seconds(peer.resolve_time),
            .connect_seconds = seconds(peer.connect_time),
            .tls_seconds = seconds(peer.tls_time)};
  }

  // An RPC, not an HTTP/2 PING: gRPC servers close connections that ping often. Any
  // answer of the server itself proves that it is there.
  std::chrono::nanoseconds ping(const Wait& wait) override {
    const auto start = Clock::now();
    try {
      static_cast<void>(client_->list_actions(wait));
    } catch (const Error& e) {
      if (e.vendor_code() == 0 || e.code() == Code::kIo) throw;
    }
    return Clock::now() - start;
  }

  // Any answer but a refusal of the credentials proves them: many servers implement no
  // metadata at all.
  void validate(const Wait& wait) override {
    try {
      const MetadataRequest request{.kind = MetadataRequest::Kind::kSqlInfo,
                                    .info_ids = {0}};
      static_cast<void>(
          client_->get_flight_info(metadata_command(request), wait, true));
    } catch (const Error& e) {
      const bool refused =
          e.code() == Code::kUnauthenticated || e.code() == Code::kUnauthorized;
      if (refused || e.vendor_code() == 0 || e.code() == Code::kIo) throw;
    }
  }

  void close(const Wait& wait) override { client_->close(wait); }

 private:
  std::shared_ptr<FlightClient> client_;
};

class FlightSqlBackend : public Backend {
 public:
  explicit FlightSqlBackend(FlightOptions options) : options_(std::move(options)) {}

  std::unique_ptr<Session> open_session(const Wait& wait) override {
    return std::make_unique<FlightSqlSession>(FlightClient::connect(options_, wait));
  }

 private:
  FlightOptions options_;
};

}  // namespace

std::unique_ptr<Backend> make_flight_sql_backend(FlightOptions options) {
  return std::make_unique<FlightSqlBackend>(std::move(options));
}

}  // namespace fletching
