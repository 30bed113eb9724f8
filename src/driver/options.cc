// SPDX-License-Identifier: Apache-2.0
// The options table: name, alias, type, default, level, doc and effect in one place.
#include <algorithm>
#include <limits>
#include <string>

#include "base/uri.h"
#include "driver/option_row.h"
#include "driver/option_values.h"
#include "driver/settings.h"

namespace fletching {
namespace {

using View = std::string_view;

constexpr std::string_view kHeaderPrefix = "adbc.flight.sql.rpc.call_header.";
constexpr std::string_view kPropertyPrefix = "fletching.flink.property.";
constexpr int64_t kMaxWindow = int64_t{1} << 30;
constexpr int64_t kMaxMessage = (int64_t{1} << 31) - 1;

void set_location_map(Settings& s, View name, View value) {
  std::map<std::string, std::string> map;
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    const View item = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    const size_t arrow = item.find("=>");
    if (arrow == std::string_view::npos) {
      throw Error(Code::kInvalidArgument,
                  "option " + std::string(name) + ": '" + std::string(item) +
                      "' is not of the form host:port=>host:port[,...]");
    }
    static_cast<void>(parse_host_port(item.substr(arrow + 2)));
    map[std::string(item.substr(0, arrow))] = item.substr(arrow + 2);
  }
  s.flight.location_map = std::move(map);
}

void set_profile(Settings& s, View name, View value) {
  s.profile = find_profile(value);
  if (s.profile != nullptr || value == "auto") return;
  std::string names = "auto";
  for (const ServerProfile* p : all_profiles()) names += ", " + std::string(p->name);
  throw Error(Code::kInvalidArgument, "option " + std::string(name) + ": '" +
                                          std::string(value) + "' is not one of " +
                                          names);
}

void set_autocommit_option(Settings& s, View name, View value) {
  if (value == "auto") {
    s.autocommit = Autocommit::kIfNone;
    return;
  }
  s.autocommit = option_bool(name, value) ? Autocommit::kOn : Autocommit::kOff;
}

std::vector<OptionRow> make_options() {
  constexpr View kDb = "database";
  std::vector<OptionRow> table = {
      // ---- credentials ----
      {{"username", "user", "string", "", kDb, "User name for Basic authentication."},
       [](Settings& s, View, View v) { s.flight.user = v; }},
      {{"password", "", "string", "", kDb, "Password for Basic authentication.", true},
       [](Settings& s, View, View v) { s.flight.password = v; }},
      {{"fletching.token", "token", "string", "", kDb,
        "Bearer token, sent on every RPC; used instead of user and password.", true},
       [](Settings& s, View, View v) { s.flight.token = v; }},
      {{"adbc.flight.sql.authorization_header", "authorization_header", "string", "",
        kDb, "The whole value of the authorization header.", true},
       [](Settings& s, View, View v) { s.flight.authorization = v; }},
      {{"fletching.handshake", "handshake", "bool", "true", kDb,
        "With user and password: perform the Handshake RPC for a token. If false, "
        "Basic credentials go with every call."},
       [](Settings& s, View n, View v) { s.flight.handshake = option_bool(n, v); }},
      {{"fletching.share_token", "share_token", "bool", "true", kDb,
        "Reuse the Handshake's token for connections of equal identity in this "
        "process. Switch off where the token carries the session."},
       [](Settings& s, View n, View v) { s.flight.share_token = option_bool(n, v); }},
      {{"fletching.validate", "validate", "bool", "false", kDb,
        "connect() also asks the server something that needs valid credentials."},
       [](Settings& s, View n, View v) { s.validate = option_bool(n, v); }},
      // ---- TLS and the way there ----
      {{"adbc.flight.sql.client_option.tls_root_certs", "tls_root_certs", "string", "",
        kDb,
        "Certificate authorities to trust, PEM text or a path. Default: "
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, SSL_CERT_FILE, then the system's."},
       [](Settings& s, View, View v) { s.flight.channel.tls.roots = v; }},
      {{"adbc.flight.sql.client_option.tls_skip_verify", "tls_skip_verify", "bool",
        "false", kDb, "Do not verify the server's certificate."},
       [](Settings& s, View n, View v) {
         s.flight.channel.tls.verify = !option_bool(n, v);
       }},
      {{"adbc.flight.sql.client_option.tls_override_hostname", "tls_override_hostname",
        "string", "", kDb, "The server name to send and to verify."},
       [](Settings& s, View, View v) { s.flight.channel.tls.server_name = v; }},
      {{"adbc.flight.sql.client_option.mtls_cert_chain", "mtls_cert_chain", "string",
        "", kDb, "Client certificate chain, PEM text or a path."},
       [](Settings& s, View, View v) { s.flight.channel.tls.cert_chain = v; }},
      {{"adbc.flight.sql.client_option.mtls_private_key", "mtls_private_key", "string",
        "", kDb, "Private key of the client certificate, PEM text or a path.", true},
       [](Settings& s, View, View v) { s.flight.channel.tls.private_key = v; }},
      {{"adbc.flight.sql.client_option.authority", "authority", "string", "", kDb,
        "The :authority of every call, for routing proxies."},
       [](Settings& s, View, View v) { s.flight.channel.authority = v; }},
      {{"fletching.proxy", "proxy", "string", "", kDb,
        "HTTP proxy to CONNECT through, http://[user:password@]host:port; empty for "
        "none. Default: https_proxy, grpc_proxy, http_proxy of the environment.",
        true},
       [](Settings& s, View, View v) { s.flight.channel.proxy = std::string(v); }},
      {{"fletching.no_proxy", "no_proxy", "string", "", kDb,
        "Hosts to reach directly, separated by commas. Default: no_proxy of the "
        "environment."},
       [](Settings& s, View, View v) { s.flight.channel.no_proxy = std::string(v); }},
      {{"fletching.dns_servers", "dns_servers", "string", "", kDb,
        "Name servers to ask instead of the system's, host[:port],..."},
       [](Settings& s, View, View v) { s.flight.channel.dns_servers = v; }},
      {{"fletching.user_agent", "user_agent", "string", "", kDb,
        "The user-agent header. Default: fletching/VERSION."},
       [](Settings& s, View, View v) { s.flight.channel.user_agent = v; }},
      // ---- calls ----
      {{"adbc.flight.sql.rpc.with_cookie_middleware", "cookies", "bool", "true", kDb,
        "Keep the server's cookies for this connection and send them back."},
       [](Settings& s, View n, View v) { s.flight.cookies = option_bool(n, v); }},
      {{"adbc.flight.sql.client_option.with_max_msg_size", "max_msg_size", "bytes",
        "2147483647", kDb, "The largest message to accept."},
       [](Settings& s, View n, View v) {
         s.flight.channel.max_message = std::min(option_bytes(n, v), kMaxMessage);
       }},
      {{"fletching.location_policy", "location_policy", "enum auto|origin|advertised",
        "auto", kDb,
        "Where endpoints are read: at the locations the server advertises with the "
        "origin as a last resort, always at the origin, or only as advertised."},
       [](Settings& s, View n, View v) {
         s.flight.location_policy =
             one_of<LocationPolicy>(n, v,
                                    {{"auto", LocationPolicy::kAuto},
                                     {"origin", LocationPolicy::kOrigin},
                                     {"advertised", LocationPolicy::kAdvertised}});
       }},
      {{"fletching.location_credentials", "location_credentials",
        "enum tls|always|never", "tls", kDb,
        "Whether credentials, cookies and headers go to advertised locations: over TLS "
        "when the origin was TLS, always, or never."},
       [](Settings& s, View n, View v) {
         s.flight.location_credentials =
             one_of<LocationCredentials>(n, v,
                                         {{"tls", LocationCredentials::kTls},
                                          {"always", LocationCredentials::kAlways},
                                          {"never", LocationCredentials::kNever}});
       }},
      {{"fletching.location_map", "location_map", "string", "", kDb,
        "Addresses to use in place of advertised ones, host:port=>host:port,..."},
       set_location_map},
      {{"fletching.endpoint_concurrency", "endpoint_concurrency", "int", "8", kDb,
        "How many endpoints of one result are read at a time."},
       [](Settings& s, View n, View v) {
         s.flight.endpoint_concurrency = static_cast<int>(option_int(n, v, 1, 256));
       }},
      {{"fletching.memory_budget", "memory_budget", "bytes", "64m", kDb,
        "How much one result may hold that nobody has taken yet."},
       [](Settings& s, View n, View v) {
         s.flight.memory_budget = std::max<int64_t>(option_bytes(n, v), 1 << 16);
       }},
      {{"fletching.stream_window", "stream_window", "bytes", "8m", kDb,
        "Read-ahead of one call. Raise it for fast links with long delay."},
       [](Settings& s, View n, View v) {
         const int64_t bytes = option_bytes(n, v);
         s.flight.channel.stream_window =
             static_cast<uint32_t>(std::clamp<int64_t>(bytes, 1 << 16, kMaxWindow));
       }},
      {{"fletching.check_total_records", "check_total_records", "bool", "true", kDb,
        "An error if a result has fewer or more rows than the server announced."},
       [](Settings& s, View n, View v) {
         s.flight.check_total_records = option_bool(n, v);
       }},
      {{"fletching.prefetch", "prefetch", "enum auto|on|off", "auto", "statement",
        "Read long results ahead on a thread."},
       [](Settings& s, View n, View v) {
         s.prefetch = one_of<PrefetchMode>(n, v,
                                           {{"auto", PrefetchMode::kAuto},
                                            {"on", PrefetchMode::kOn},
                                            {"off", PrefetchMode::kOff}});
       }},
      // ---- Python rows ----
      {{"fletching.nanoseconds", "nanoseconds", "enum exact|truncate|error", "exact",
        kDb,
        "In Python rows, columns of nanoseconds are Timestamp, Time and Duration "
        "(exact), or datetime's own types, cut (truncate) or refused where that would "
        "lose something (error). Arrow output and the command line keep every digit "
        "whatever this says."},
       [](Settings& s, View n, View v) {
         s.rows.nanoseconds = parse_nanoseconds(n, v);
       }},
      {{"fletching.out_of_range", "out_of_range", "enum error|text", "error", kDb,
        "In Python rows, a date or time that datetime cannot hold is a DataError or "
        "ISO 8601 text. Arrow output and the command line are not touched."},
       [](Settings& s, View n, View v) {
         s.rows.out_of_range = parse_out_of_range(n, v);
       }},
      {{"fletching.maps", "maps", "enum dict|pairs", "dict", kDb,
        "In Python rows, a map with keys of a plain type is a dict (a key that comes "
        "twice is a DataError) or a list of (key, value) pairs. Arrow output and the "
        "command line are not touched."},
       [](Settings& s, View n, View v) { s.rows.maps = parse_maps(n, v); }},
      // ---- time ----
      {{"adbc.flight.sql.rpc.timeout_seconds.connect", "connect_timeout", "seconds",
        "20", kDb,
        "For name look-up, TCP, TLS and HTTP/2 together; and once more for the "
        "Handshake."},
       [](Settings& s, View n, View v) {
         s.flight.channel.connect_timeout = option_seconds(n, v);
       }},
      {{"adbc.flight.sql.rpc.timeout_seconds.query", "query_timeout", "seconds", "0",
        "statement", "For the server to accept a query and say where its rows are."},
       [](Settings& s, View n, View v) { s.query_timeout = option_seconds(n, v); }},
      {{"adbc.flight.sql.rpc.timeout_seconds.fetch", "fetch_timeout", "seconds", "0",
        "statement", "For reading all rows of a result."},
       [](Settings& s, View n, View v) { s.fetch_timeout = option_seconds(n, v); }},
      {{"adbc.flight.sql.rpc.timeout_seconds.update", "update_timeout", "seconds", "0",
        "statement", "For a statement without rows, until its count is known."},
       [](Settings& s, View n, View v) { s.update_timeout = option_seconds(n, v); }},
      {{"fletching.total_timeout", "timeout", "seconds", "0", "statement",
        "For a statement from execute to its last row."},
       [](Settings& s, View n, View v) { s.total_timeout = option_seconds(n, v); }},
      {{"fletching.first_byte_timeout", "first_byte_timeout", "seconds", "0", kDb,
        "For any answer to begin, an update's too, counted from the last byte of the "
        "request that the server took."},
       [](Settings& s, View n, View v) {
         s.flight.first_byte_timeout = option_seconds(n, v);
       }},
      {{"fletching.idle_timeout", "idle_timeout", "seconds", "0", kDb,
        "Between two bytes of an answer that has begun."},
       [](Settings& s, View n, View v) {
         s.flight.idle_timeout = option_seconds(n, v);
       }},
      {{"fletching.keepalive_after", "keepalive_after", "seconds", "30", kDb,
        "Silence after which a waiting call proves the connection by a PING."},
       [](Settings& s, View n, View v) {
         s.flight.channel.keepalive_after = option_seconds(n, v);
       }},
      {{"fletching.keepalive_timeout", "keepalive_timeout", "seconds", "20", kDb,
        "For the answer to that PING."},
       [](Settings& s, View n, View v) {
         s.flight.channel.keepalive_timeout = option_seconds(n, v);
       }},
      {{"fletching.idle_discard", "idle_discard", "seconds", "240", kDb,
        "A connection unused for longer is not used again."},
       [](Settings& s, View n, View v) {
         s.flight.channel.idle_discard = option_seconds(n, v);
       }},
      {{"fletching.location_connect_timeout", "location_connect_timeout", "seconds",
        "5", kDb,
        "For connecting to an advertised location before the next one is tried."},
       [](Settings& s, View n, View v) {
         s.flight.location_connect_timeout = option_seconds(n, v);
       }},
      // ---- statements ----
      {{"fletching.profile", "profile",
        "enum "
        "auto|clickhouse|confluent|datafusion|doris|dremio|duckdb|flink|generic|"
        "gizmosql|"
        "influxdb3|iomete|kurrentdb|sqlite|starrocks",
        "auto", kDb,
        "How this server differs from the protocol. Default: what the URL's scheme "
        "says, else found out from its name when that matters."},
       set_profile},
      {{"adbc.connection.catalog", "catalog", "string", "", kDb,
        "The catalog of the connection, chosen while connecting."},
       [](Settings& s, View, View v) { s.catalog = std::string(v); }},
      {{"adbc.connection.db_schema", "db_schema", "string", "", kDb,
        "The schema of the connection, chosen while connecting."},
       [](Settings& s, View, View v) { s.schema = std::string(v); }},
      {{"adbc.connection.autocommit", "autocommit", "enum true|false|auto", "true", kDb,
        "Whether every statement of a new connection commits by itself; auto: only "
        "where the server has no transactions (Python's default)."},
       set_autocommit_option},
      {{"fletching.bind", "bind", "enum auto|server|client", "auto", "statement",
        "Who puts parameters into statements: the server, or this driver, which writes "
        "them as literals into the text. auto: the server, and the driver only for "
        "servers that are known, or say, to have no prepared statements or to bind "
        "nothing."},
       [](Settings& s, View n, View v) {
         s.bind = one_of<BindMode>(n, v,
                                   {{"auto", BindMode::kAuto},
                                    {"server", BindMode::kServer},
                                    {"client", BindMode::kClient}});
       }},
      {{"fletching.bind_rows", "bind_rows", "enum auto|many|one", "auto", "statement",
        "Whether many rows of parameters go to the server at once or one by one. auto: "
        "one by one only to servers known to take no more."},
       [](Settings& s, View n, View v) {
         s.bind_rows = one_of<BindRows>(n, v,
                                        {{"auto", BindRows::kAuto},
                                         {"many", BindRows::kMany},
                                         {"one", BindRows::kOne}});
       }},
      {{"fletching.ingest_message", "ingest_message", "bytes", "", "statement",
        "The largest message that bulk ingest sends; larger batches are sliced. "
        "Default: 4m, what gRPC servers take unless they are told otherwise."},
       [](Settings& s, View n, View v) {
         s.ingest_message =
             std::clamp(option_bytes(n, v), int64_t{1} << 10, kMaxMessage);
       }},
      {{"fletching.max_rows", "max_rows", "int", "", "statement",
        "The LIMIT that queries without one are given, as a new last line; 0: none. "
        "Default: 0; for kurrentdb the environment variable KURRENTDB_MAX_ROWS, else "
        "10000."},
       [](Settings& s, View n, View v) {
         s.max_rows = option_int(n, v, 0, std::numeric_limits<int64_t>::max());
       }},
      {{"fletching.read_only", "read_only", "bool", "false", "statement",
        "Statements change nothing, so that each may be sent again."},
       [](Settings& s, View n, View v) { s.read_only = option_bool(n, v); }},
      {{"fletching.retries", "retries", "int", "2", "statement",
        "How often a statement that surely changes nothing is sent again when the "
        "server is unavailable before its first rows, outside of a transaction."},
       [](Settings& s, View n, View v) {
         s.retries = static_cast<int>(option_int(n, v, 0, 100));
       }},
      {{"fletching.retry_budget", "retry_budget", "seconds", "10", "statement",
        "No further attempt is begun after so long; 0: no limit."},
       [](Settings& s, View n, View v) { s.retry_budget = option_seconds(n, v); }},
      {{"adbc.flight.sql.rpc.call_header.NAME", "", "string", "", kDb,
        "A header to send on every RPC; NAME in lower case."},
       [](Settings&, View, View) {}},
  };
  add_flink_options(table);
  return table;
}

const std::vector<OptionRow>& options() {
  static const auto& table = *new std::vector<OptionRow>(make_options());  // immortal
  return table;
}

[[noreturn]] void unknown_option(std::string_view name) {
  const std::string_view similar = similar_option(name);
  throw Error(Code::kInvalidArgument,
              "option " + std::string(name) + ": there is no such option" +
                  (similar.empty() ? " (docs/reference/options.md lists them)"
                                   : " (did you mean " + std::string(similar) + "?)"));
}

}  // namespace

const std::vector<OptionInfo>& option_table() {
  static const auto& table =
      *new std::vector<OptionInfo>(options().begin(), options().end());  // immortal
  return table;
}

std::string_view similar_option(std::string_view name) {
  for (const OptionRow& option : options()) {
    if (one_edit_apart(name, option.name)) return option.name;
    if (!option.alias.empty() && one_edit_apart(name, option.alias))
      return option.alias;
  }
  return {};
}

void apply_option(Settings& settings, std::string_view name, std::string_view value,
                  OptionLevel level) {
  if (name.starts_with(kHeaderPrefix)) {
    apply_header(settings, name.substr(kHeaderPrefix.size()), value, true);
    return;
  }
  if (name.starts_with(kPropertyPrefix)) {
    auto& properties = level == OptionLevel::kDatabase
                           ? settings.flink.properties
                           : settings.flink_statement.properties;
    properties[std::string(name.substr(kPropertyPrefix.size()))] = value;
    return;
  }
  for (const OptionRow& option : options()) {
    if (name != option.name && (option.alias.empty() || name != option.alias)) continue;
    if (level != OptionLevel::kDatabase && option.level == "database") {
      throw Error(Code::kInvalidState, "option " + std::string(name) +
                                           ": it can be set only before connecting");
    }
    option.set(settings, name, value);
    return;
  }
  unknown_option(name);
}

}  // namespace fletching
