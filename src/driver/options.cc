// SPDX-License-Identifier: Apache-2.0
// The options table: name, alias, type, default, level, doc and effect in one place.
#include <algorithm>
#include <functional>
#include <string>

#include "base/uri.h"
#include "driver/option_values.h"
#include "driver/settings.h"

namespace fletching {
namespace {

struct Option : OptionInfo {
  std::function<void(Settings&, std::string_view)> set;
};

constexpr std::string_view kHeaderPrefix = "adbc.flight.sql.rpc.call_header.";
constexpr int64_t kMaxInt = int64_t{1} << 30;

template <class E>
E one_of(std::string_view name, std::string_view value,
         std::initializer_list<std::pair<std::string_view, E>> choices) {
  std::string names;
  for (const auto& [word, result] : choices) {
    if (word == value) return result;
    names += (names.empty() ? "" : ", ") + std::string(word);
  }
  throw Error(Code::kInvalidArgument, "option " + std::string(name) + ": '" +
                                          std::string(value) + "' is not one of " +
                                          names);
}

void set_location_map(Settings& s, std::string_view value) {
  std::map<std::string, std::string> map;
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    const std::string_view item = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    const size_t arrow = item.find("=>");
    if (arrow == std::string_view::npos) {
      throw Error(Code::kInvalidArgument,
                  "option fletching.location_map: '" + std::string(item) +
                      "' is not of the form host:port=>host:port[,...]");
    }
    static_cast<void>(parse_host_port(item.substr(arrow + 2)));
    map[std::string(item.substr(0, arrow))] = item.substr(arrow + 2);
  }
  s.flight.location_map = std::move(map);
}

#define FLETCHING_SET \
  []([[maybe_unused]] Settings& s, [[maybe_unused]] std::string_view v)

std::vector<Option> make_options() {
  constexpr std::string_view kDb = "database";
  return {
      // ---- credentials ----
      {{"username", "user", "string", "", kDb, "User name for Basic authentication."},
       FLETCHING_SET{s.flight.user = v;
}
}  // namespace
, {{"password", "", "string", "", kDb, "Password for Basic authentication.", true},
   FLETCHING_SET{s.flight.password = v;
}  // namespace fletching
}
, {{"fletching.token", "token", "string", "", kDb,
    "Bearer token, sent on every RPC; used instead of user and password.", true},
   FLETCHING_SET{s.flight.token = v;
}
}
, {{"adbc.flight.sql.authorization_header", "authorization_header", "string", "", kDb,
    "The whole value of the authorization header.", true},
   FLETCHING_SET{s.flight.authorization = v;
}
}
, {{"fletching.handshake", "handshake", "bool", "true", kDb,
    "With user and password: perform the Handshake RPC for a token. If false, Basic "
    "credentials go with every call."},
   FLETCHING_SET{s.flight.handshake = option_bool("fletching.handshake", v);
}
}
, {{"fletching.share_token", "share_token", "bool", "true", kDb,
    "Reuse the Handshake's token for connections of equal identity in this process. "
    "Switch off where the token carries the session."},
   FLETCHING_SET{s.flight.share_token = option_bool("fletching.share_token", v);
}
}
, {{"fletching.validate", "validate", "bool", "false", kDb,
    "connect() also asks the server something that needs valid credentials."},
   FLETCHING_SET{s.validate = option_bool("fletching.validate", v);
}
}
,
    // ---- TLS and the way there ----
    {{"adbc.flight.sql.client_option.tls_root_certs", "tls_root_certs", "string", "",
      kDb,
      "Certificate authorities to trust, PEM text or a path. Default: "
      "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, SSL_CERT_FILE, then the system's."},
     FLETCHING_SET{s.flight.channel.tls.roots = v;
}
}
, {{"adbc.flight.sql.client_option.tls_skip_verify", "tls_skip_verify", "bool", "false",
    kDb, "Do not verify the server's certificate."},
   FLETCHING_SET{s.flight.channel.tls.verify = !option_bool("tls_skip_verify", v);
}
}
, {{"adbc.flight.sql.client_option.tls_override_hostname", "tls_override_hostname",
    "string", "", kDb, "The server name to send and to verify."},
   FLETCHING_SET{s.flight.channel.tls.server_name = v;
}
}
, {{"adbc.flight.sql.client_option.mtls_cert_chain", "mtls_cert_chain", "string", "",
    kDb, "Client certificate chain, PEM text or a path."},
   FLETCHING_SET{s.flight.channel.tls.cert_chain = v;
}
}
, {{"adbc.flight.sql.client_option.mtls_private_key", "mtls_private_key", "string", "",
    kDb, "Private key of the client certificate, PEM text or a path.", true},
   FLETCHING_SET{s.flight.channel.tls.private_key = v;
}
}
, {{"adbc.flight.sql.client_option.authority", "authority", "string", "", kDb,
    "The :authority of every call, for routing proxies."},
   FLETCHING_SET{s.flight.channel.authority = v;
}
}
, {{"fletching.proxy", "proxy", "string", "", kDb,
    "HTTP proxy to CONNECT through, http://[user:password@]host:port; empty for "
    "none. Default: https_proxy, grpc_proxy, http_proxy of the environment.",
    true},
   FLETCHING_SET{s.flight.channel.proxy = std::string(v);
}
}
, {{"fletching.no_proxy", "no_proxy", "string", "", kDb,
    "Hosts to reach directly, separated by commas. Default: no_proxy of the "
    "environment."},
   FLETCHING_SET{s.flight.channel.no_proxy = std::string(v);
}
}
, {{"fletching.dns_servers", "dns_servers", "string", "", kDb,
    "Name servers to ask instead of the system's, host[:port],..."},
   FLETCHING_SET{s.flight.channel.dns_servers = v;
}
}
, {{"fletching.user_agent", "user_agent", "string", "", kDb,
    "The user-agent header. Default: fletching/VERSION."},
   FLETCHING_SET{s.flight.channel.user_agent = v;
}
}
,
    // ---- calls ----
    {{"adbc.flight.sql.rpc.with_cookie_middleware", "cookies", "bool", "true", kDb,
      "Keep the server's cookies for this connection and send them back."},
     FLETCHING_SET{s.flight.cookies = option_bool("cookies", v);
}
}
, {{"adbc.flight.sql.client_option.with_max_msg_size", "max_msg_size", "bytes",
    "2147483647", kDb, "The largest message to accept."},
   FLETCHING_SET{s.flight.channel.max_message =
                     std::min(option_bytes("max_msg_size", v), (int64_t{1} << 31) - 1);
}
}
, {{"fletching.location_policy", "location_policy", "enum auto|origin|advertised",
    "auto", kDb,
    "Where endpoints are read: at the locations the server advertises with the "
    "origin as a last resort, always at the origin, or only as advertised."},
   FLETCHING_SET{s.flight.location_policy = one_of<LocationPolicy>(
                     "fletching.location_policy", v,
                     {{"auto", LocationPolicy::kAuto},
                      {"origin", LocationPolicy::kOrigin},
                      {"advertised", LocationPolicy::kAdvertised}});
}
}
, {{"fletching.location_credentials", "location_credentials", "enum tls|always|never",
    "tls", kDb,
    "Whether credentials, cookies and headers go to advertised locations: over TLS "
    "when the origin was TLS, always, or never."},
   FLETCHING_SET{s.flight.location_credentials = one_of<LocationCredentials>(
                     "fletching.location_credentials", v,
                     {{"tls", LocationCredentials::kTls},
                      {"always", LocationCredentials::kAlways},
                      {"never", LocationCredentials::kNever}});
}
}
,
    {{"fletching.location_map", "location_map", "string", "", kDb,
      "Addresses to use in place of advertised ones, host:port=>host:port,..."},
     set_location_map},
    {{"fletching.endpoint_concurrency", "endpoint_concurrency", "int", "8", kDb,
      "How many endpoints of one result are read at a time."},
     FLETCHING_SET{s.flight.endpoint_concurrency =
                       static_cast<int>(option_int("endpoint_concurrency", v, 1, 256));
}
}
, {{"fletching.memory_budget", "memory_budget", "bytes", "64m", kDb,
    "How much one result may hold that nobody has taken yet."},
   FLETCHING_SET{s.flight.memory_budget =
                     std::max<int64_t>(option_bytes("memory_budget", v), 1 << 16);
}
}
, {{"fletching.stream_window", "stream_window", "bytes", "8m", kDb,
    "Read-ahead of one call. Raise it for fast links with long delay."},
   FLETCHING_SET{const int64_t bytes = option_bytes("stream_window", v);
s.flight.channel.stream_window =
    static_cast<uint32_t>(std::clamp<int64_t>(bytes, 1 << 16, kMaxInt));
}
}
, {{"fletching.check_total_records", "check_total_records", "bool", "true", kDb,
    "An error if a result has fewer or more rows than the server announced."},
   FLETCHING_SET{s.flight.check_total_records = option_bool("check_total_records", v);
}
}
, {{"fletching.prefetch", "prefetch", "enum auto|on|off", "auto", "statement",
    "Read long results ahead on a thread."},
   FLETCHING_SET{s.prefetch = one_of<PrefetchMode>("fletching.prefetch", v,
                                                   {{"auto", PrefetchMode::kAuto},
                                                    {"on", PrefetchMode::kOn},
                                                    {"off", PrefetchMode::kOff}});
}
}
,
    // ---- time ----
    {{"adbc.flight.sql.rpc.timeout_seconds.connect", "connect_timeout", "seconds", "20",
      kDb,
      "For name look-up, TCP, TLS and HTTP/2 together; and once more for the "
      "Handshake."},
     FLETCHING_SET{s.flight.channel.connect_timeout =
                       option_seconds("connect_timeout", v);
}
}
, {{"adbc.flight.sql.rpc.timeout_seconds.query", "query_timeout", "seconds", "0",
    "statement", "For the server to accept a query and say where its rows are."},
   FLETCHING_SET{s.query_timeout = option_seconds("query_timeout", v);
}
}
, {{"adbc.flight.sql.rpc.timeout_seconds.fetch", "fetch_timeout", "seconds", "0",
    "statement", "For reading all rows of a result."},
   FLETCHING_SET{s.fetch_timeout = option_seconds("fetch_timeout", v);
}
}
, {{"adbc.flight.sql.rpc.timeout_seconds.update", "update_timeout", "seconds", "0",
    "statement", "For a statement without rows."},
   FLETCHING_SET{s.update_timeout = option_seconds("update_timeout", v);
}
}
, {{"fletching.total_timeout", "timeout", "seconds", "0", "statement",
    "For a statement from execute to its last row."},
   FLETCHING_SET{s.total_timeout = option_seconds("timeout", v);
}
}
, {{"fletching.first_byte_timeout", "first_byte_timeout", "seconds", "0", kDb,
    "For the first byte of any answer."},
   FLETCHING_SET{s.flight.first_byte_timeout = option_seconds("first_byte_timeout", v);
}
}
, {{"fletching.idle_timeout", "idle_timeout", "seconds", "0", kDb,
    "Between two bytes of an answer."},
   FLETCHING_SET{s.flight.idle_timeout = option_seconds("idle_timeout", v);
}
}
, {{"fletching.keepalive_after", "keepalive_after", "seconds", "30", kDb,
    "Silence after which a waiting call proves the connection by a PING."},
   FLETCHING_SET{s.flight.channel.keepalive_after =
                     option_seconds("keepalive_after", v);
}
}
, {{"fletching.keepalive_timeout", "keepalive_timeout", "seconds", "20", kDb,
    "For the answer to that PING."},
   FLETCHING_SET{s.flight.channel.keepalive_timeout =
                     option_seconds("keepalive_timeout", v);
}
}
, {{"fletching.idle_discard", "idle_discard", "seconds", "240", kDb,
    "A connection unused for longer is not used again."},
   FLETCHING_SET{s.flight.channel.idle_discard = option_seconds("idle_discard", v);
}
}
, {{"fletching.location_connect_timeout", "location_connect_timeout", "seconds", "5",
    kDb, "For connecting to an advertised location before the next one is tried."},
   FLETCHING_SET{s.flight.location_connect_timeout =
                     option_seconds("location_connect_timeout", v);
}
}
,
    {{"adbc.flight.sql.rpc.call_header.NAME", "", "string", "", kDb,
      "A header to send on every RPC; NAME in lower case."},
     FLETCHING_SET{}},
}
;
}

#undef FLETCHING_SET

const std::vector<Option>& options() {
  static const auto& table = *new std::vector<Option>(make_options());  // immortal
  return table;
}

bool one_edit_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
  if (a.size() < b.size()) return std::equal(x, a.end(), y + 1);
  if (x == a.end()) return false;
  if (std::equal(x + 1, a.end(), y + 1)) return true;
  // Two neighbours exchanged: the commonest slip of all.
  return x + 1 != a.end() && x[0] == y[1] && x[1] == y[0] &&
         std::equal(x + 2, a.end(), y + 2);
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
  for (const Option& option : options()) {
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
  for (const Option& option : options()) {
    if (name != option.name && (option.alias.empty() || name != option.alias)) continue;
    if (level != OptionLevel::kDatabase && option.level == "database") {
      throw Error(Code::kInvalidState, "option " + std::string(name) +
                                           ": it can be set only before connecting");
    }
    option.set(settings, value);
    return;
  }
  unknown_option(name);
}

}  // namespace fletching
