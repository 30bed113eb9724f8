// SPDX-License-Identifier: Apache-2.0
#include "flightsql/session.h"

#include <atomic>
#include <utility>

#include "base/log.h"
#include "flight/auth.h"
#include "flightsql/commands.h"
#include "flightsql/flights.h"
#include "flightsql/ingest.h"
#include "flightsql/prepared.h"
#include "flightsql/query.h"
#include "flightsql/remote.h"
#include "flightsql/sql_info.h"
#include "flightsql/sql_info_cache.h"

namespace fletching {
namespace {

double seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

class FlightSqlSession : public Session {
 public:
  explicit FlightSqlSession(std::shared_ptr<FlightClient> client)
      : remote_(std::make_shared<Remote>(std::move(client))) {}
  // Nobody closed it: what is open on the server ends with the next call of the same
  // identity.
  ~FlightSqlSession() override {
    remote_->transaction.abandon();
    if (!closed_) remote_->keeper.close_later();
  }

  std::unique_ptr<Query> query(std::string_view sql) override {
    return make_query(remote_, sql);
  }

  std::unique_ptr<PreparedQuery> prepare(std::string_view sql,
                                         const Wait& wait) override {
    return prepare_statement(remote_, remote_->client, sql, wait);
  }

  std::unique_ptr<Query> query_plan(const SubstraitPlan& plan) override {
    return make_plan_query(remote_, plan);
  }
  std::unique_ptr<PreparedQuery> prepare_plan(const SubstraitPlan& plan,
                                              const Wait& wait) override {
    return fletching::prepare_plan(remote_, remote_->client, plan, wait);
  }

  std::unique_ptr<Flights> flights(CallHeaders headers) override {
    return make_flights(remote_, std::move(headers));
  }

  std::unique_ptr<ResultStream> metadata(const MetadataRequest& request,
                                         const Wait& wait) override {
    const std::string command = metadata_command(request);
    const bool is_info = request.kind == MetadataRequest::Kind::kSqlInfo;
    const std::string key = is_info ? identity_of(client().options()) + command : "";
    if (is_info) {
      if (auto known = cached_sql_info(key)) return known;
    } else {
      remote_->keeper.ensure(wait);
    }
    constexpr bool kRetrySafe = true;  // metadata commands change nothing
    auto stream =
        client().read(client().get_flight_info(command, wait, kRetrySafe), wait);
    return is_info ? remember_sql_info(key, *stream, wait) : std::move(stream);
  }

  // All ids are asked for: servers of the C++ family refuse a question with one that
  // they do not know.
  ServerInfo server_info(const Wait& wait) override {
    if (const auto known = remote_->memory->info()) return *known;
    ServerInfo info;
    try {
      info = read_server_info(
          *metadata({.kind = MetadataRequest::Kind::kSqlInfo}, wait), wait);
    } catch (const Error& error) {
      const bool is_nonsense = error.code() == Code::kInvalidData;
      if (!is_nonsense && !is_servers_no(error)) throw;  // else it does not say
      if (is_nonsense)
        log(LogLevel::kWarning, "SqlInfo is not used: " + error.message());
    }
    remote_->memory->note_info(info);
    return info;
  }

  void adopt(const ServerProfile& profile) override {
    if (!profile.share_token) stop_sharing_token(client().options());
    if (!profile.has_session_close) remote_->keeper.never_close();
  }

  [[nodiscard]] std::vector<std::string> actions(const Wait& wait) override {
    std::vector<std::string> names;
    for (auto& [name, description] : client().list_actions(wait)) {
      names.push_back(std::move(name));
    }
    return names;
  }

  void begin(const Wait& wait) override {
    remote_->keeper.ensure(wait);
    remote_->transaction.begin(wait);
  }
  void commit(const Wait& wait) override { remote_->transaction.commit(wait); }
  void rollback(const Wait& wait) override { remote_->transaction.rollback(wait); }
  [[nodiscard]] uint64_t transaction() const override {
    return remote_->transaction.number();
  }
  void savepoint(std::string_view name, const Wait& wait) override {
    remote_->transaction.savepoint(name, wait);
  }
  void rollback_to(std::string_view name, const Wait& wait) override {
    remote_->transaction.rollback_to(name, wait);
  }
  void release(std::string_view name, const Wait& wait) override {
    remote_->transaction.release(name, wait);
  }

  int64_t ingest(const IngestTarget& target, ResultStream& rows,
                 const ProgressCallback& progress, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    return ingest_rows(client(), target, remote_->transaction.id(), rows, progress,
                       wait);
  }

  void set_session_options(const SessionOptions& options, const Wait& wait) override {
    remote_->keeper.set(options, wait);
  }
  SessionOptions session_options(const Wait& wait) override {
    return remote_->keeper.get(wait);
  }

  [[nodiscard]] SessionInfo info() const override {
    const PeerInfo& peer = client().peer();
    return {.address = peer.address,
            .proxy = peer.proxy,
            .tls_version = peer.tls_version,
            .tls_cipher = peer.tls_cipher,
            .alpn = peer.alpn,
            .certificate = peer.certificate,
            .auth = client().auth_description(),
            .resolve_seconds = seconds(peer.resolve_time),
            .connect_seconds = seconds(peer.connect_time),
            .tls_seconds = seconds(peer.tls_time)};
  }

  // An RPC, not an HTTP/2 PING: gRPC servers close connections that ping often. Any
  // answer of the server itself proves that it is there.
  std::chrono::nanoseconds ping(const Wait& wait) override {
    const auto start = Clock::now();
    try {
      static_cast<void>(client().list_actions(wait));
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
          client().get_flight_info(metadata_command(request), wait, true));
    } catch (const Error& e) {
      const bool refused =
          e.code() == Code::kUnauthenticated || e.code() == Code::kUnauthorized;
      if (refused || e.vendor_code() == 0 || e.code() == Code::kIo) throw;
    }
  }

  void close(const Wait& wait) override {
    remote_->transaction.abandon();
    if (!closed_.exchange(true)) remote_->keeper.close_later();
    client().close(wait);
  }

 private:
  [[nodiscard]] FlightClient& client() const noexcept { return *remote_->client; }

  const std::shared_ptr<Remote> remote_;
  std::atomic<bool> closed_{false};
};

}  // namespace

std::unique_ptr<Session> make_session(std::shared_ptr<FlightClient> client) {
  return std::make_unique<FlightSqlSession>(std::move(client));
}

}  // namespace fletching
