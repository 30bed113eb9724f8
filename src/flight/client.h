// SPDX-License-Identifier: Apache-2.0
// Arrow Flight RPCs (Flight.proto) as one logged-in peer: credentials, headers, cookies
// and the primary HTTP/2 connection of one driver Connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/ipc_writer.h"
#include "arrow/result_stream.h"
#include "flight/messages.h"
#include "flight/parquet_reader.h"
#include "flight/token_source.h"
#include "transport/channel.h"

namespace fletching {

// ---- options ----
enum class LocationPolicy : uint8_t {
  kAuto,        // advertised ones; unspecified addresses mean the origin; the origin if
                // none of them can be connected to
  kOrigin,      // always the connection that produced the FlightInfo
  kAdvertised,  // advertised ones only
};
enum class LocationCredentials : uint8_t {
  kTls,  // sent to another host over TLS when the origin was TLS (the default); a
         // plaintext origin's go to its own host only
  kAlways,
  kNever,
};

struct FlightOptions {
  ChannelOptions channel;
  std::string user, password;                       // Basic
  std::string token;                                // Bearer
  std::shared_ptr<const TokenSource> token_source;  // or null
  std::string authorization;  // the whole header value; excludes the others
  bool handshake = true;      // user + password: call Handshake first
  bool share_token = true;    // reuse a token of an equal identity
  Headers headers;            // sent on every RPC, Handshake and locations too
  bool cookies = true;
  LocationPolicy location_policy = LocationPolicy::kAuto;
  LocationCredentials location_credentials = LocationCredentials::kTls;
  std::map<std::string, std::string> location_map;  // "host:port" -> "host:port"
  std::chrono::nanoseconds location_connect_timeout = std::chrono::seconds(5);
  int endpoint_concurrency = 8;               // endpoints read at a time
  int64_t memory_budget = int64_t{64} << 20;  // read ahead by one result, bytes
  bool check_total_records = true;            // see FlightClient::read
  std::chrono::nanoseconds first_byte_timeout{0}, idle_timeout{0};  // 0: none
  std::shared_ptr<const ParquetReader> parquet_reader;              // or null
};

// A stable digest of everything that makes two peers the same: URL, credentials, all
// headers, TLS material, proxy and fork generation. Secrets cannot be read from it.
[[nodiscard]] std::string identity_of(const FlightOptions& options);

// ---- one DoPut ----
class PutStream {
 public:
  virtual ~PutStream() = default;  // resets it if open
  // One IPC message (schema first), sent without copying its body. false: the server
  // has ended the call already; finish() tells why.
  virtual bool write(const IpcEncoded& message, const Wait& wait) = 0;
  // Half-closes, then reads all results (PutResult.app_metadata) to the end. An error
  // that follows a result is thrown.
  virtual std::vector<std::string> finish(const Wait& wait) = 0;
  // Results that have come so far, without waiting.
  [[nodiscard]] virtual std::vector<std::string> results() const = 0;
  virtual void cancel() noexcept = 0;
};

// ---- the rows of one FlightInfo ----
class FlightStream : public ResultStream {
 public:
  // FlightData.app_metadata that came last since it was taken last, with or before the
  // batch handed out last; else empty. For the reader's thread.
  virtual std::string take_app_metadata() = 0;
};

// Any thread may call; calls share the primary connection (see Channel). A broken or
// idle connection is replaced before a call is sent, never after a statement may have
// run. Destroying it gives the connection back to the process's pool.
class FlightClient : public std::enable_shared_from_this<FlightClient> {
 public:
  virtual ~FlightClient() = default;

  // Connects, or takes a pooled connection of the same identity, and logs in: user and
  // password perform the Handshake (UNIMPLEMENTED or no token back: Basic on every
  // call) unless a token of the same identity is known. A bearer token is not judged
  // here.
  [[nodiscard]] static std::shared_ptr<FlightClient> connect(
      const FlightOptions& options, const Wait& wait);

  // The same client, whose calls carry these headers instead of others of the same
  // names. It is closed with this one. Throws as check_headers().
  [[nodiscard]] virtual std::shared_ptr<FlightClient> with_headers(Headers headers) = 0;

  // `command` is FlightDescriptor.cmd. retry_safe: the RPC changes nothing.
  virtual FlightInfo get_flight_info(std::string_view command, const Wait& wait,
                                     bool retry_safe = false) = 0;
  // SchemaResult.schema.
  virtual std::string get_schema(std::string_view command, const Wait& wait) = 0;
  virtual std::vector<ActionResult> do_action(std::string_view type,
                                              std::string_view body, const Wait& wait,
                                              bool retry_safe = false) = 0;
  virtual std::unique_ptr<PutStream> do_put(std::string_view command,
                                            const Wait& wait) = 0;
  // One DoExchange: the rows (null: none) go out while what is returned is read, on its
  // reader's thread, and its rows are the server's. `descriptor` is an encoded one. A
  // batch that is sent may have app_metadata, and then may have no array; one that
  // comes without rows is handed out so if `messages`.
  virtual std::unique_ptr<FlightStream> do_exchange(std::string descriptor,
                                                    std::unique_ptr<ResultStream> rows,
                                                    bool messages,
                                                    const Wait& wait) = 0;
  virtual std::vector<std::pair<std::string, std::string>> list_actions(
      const Wait& wait) = 0;
  // `descriptor`: an encoded FlightDescriptor, encode_descriptor() or what the last
  // answer gave. Asking again is safe; starting is not (the statement runs).
  virtual PollInfo poll_flight_info(std::string_view descriptor, const Wait& wait,
                                    bool retry_safe) = 0;
  virtual CancelStatus cancel_flight_info(const FlightInfo& info, const Wait& wait) = 0;
  virtual FlightEndpoint renew_endpoint(const FlightEndpoint& endpoint,
                                        const Wait& wait) = 0;

  // All rows of all endpoints in endpoint order, several endpoints at a time within the
  // memory budget. No endpoint: no rows, of info.schema (an empty schema if that is
  // empty too). Schemas of endpoints must be equal in types and names. Fewer or more
  // rows than total_records (where > 0) is an error at the end, unless the option is
  // off. An endpoint that fails is an error after the rows of those before it. The
  // calls of the first endpoints are sent here; errors of theirs come from the stream.
  [[nodiscard]] virtual std::unique_ptr<FlightStream> read(FlightInfo info,
                                                           const Wait& wait) = 0;

  [[nodiscard]] virtual const PeerInfo& peer() const = 0;
  [[nodiscard]] virtual const FlightOptions& options() const = 0;
  // How calls are authorised, in words: "none", "basic on every call", "bearer token
  // from the handshake", "bearer token", "bearer token from a response", "bearer
  // token from a provider", "authorization
  // header", "not logged in" (the token was refused, the next call logs in again).
  [[nodiscard]] virtual std::string auth_description() const = 0;
  // Changes where the server's session may have: another session cookie (that named
  // arrow_flight_session_id, which Flight.proto suggests), another connection, or one
  // that was found broken.
  [[nodiscard]] virtual std::string session_mark() const = 0;
  // The server has set cookies, so it keeps something for this client.
  [[nodiscard]] virtual bool has_cookies() const = 0;
  // The server has said UNIMPLEMENTED to this action, here or to an equal identity.
  [[nodiscard]] virtual bool lacks_action(std::string_view type) const = 0;
  // Remembers a close that should ride with the next call (ClosePreparedStatement ...):
  // action type and body. Never waits, any thread.
  virtual void close_later(std::string type, std::string body) noexcept = 0;
  // Sends what close_later() holds, waiting 2 s at most, and gives the connection back.
  // Calls made after it throw kInvalidState. Idempotent.
  virtual void close(const Wait& wait) = 0;
};

}  // namespace fletching
