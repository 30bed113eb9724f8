// SPDX-License-Identifier: Apache-2.0
// The URL forms of docs/reference/urls.md.
#include <algorithm>
#include <array>
#include <string>

#include "base/log.h"
#include "base/uri.h"
#include "driver/metadata_filter.h"
#include "driver/option_values.h"
#include "driver/settings.h"
#include "driver/url_forms.h"

namespace fletching {
namespace {

enum class Tls : uint8_t { kNo, kYes, kUnlessInsecure };

struct Form {
  std::string_view scheme;
  Tls tls;
  uint16_t port;  // 0: the URL must name one
  std::string_view shape;
};

constexpr std::array<Form, 23> kForms = {{
    {"grpc", Tls::kNo, 0, "grpc://host:port"},
    {"grpc+tcp", Tls::kNo, 0, "grpc+tcp://host:port"},
    {"grpc+tls", Tls::kYes, 443, "grpc+tls://host:port"},
    {"grpc+unix", Tls::kNo, 0, "grpc+unix:///path"},
    {"flightsql", Tls::kUnlessInsecure, 443, "flightsql://host:port[?transport=tcp]"},
    {"fletching", Tls::kUnlessInsecure, 443,
     "fletching://host:port[?transport=tcp], or fletching: before any of these"},
    {"datafusion", Tls::kUnlessInsecure, 443, "datafusion[+flightsql]://host:port"},
    {"datafusion+flightsql", Tls::kUnlessInsecure, 443, ""},
    {"influxdb3", Tls::kUnlessInsecure, 443, "influxdb3[+flightsql]://host:port"},
    {"influxdb3+flightsql", Tls::kUnlessInsecure, 443, ""},
    {"gizmosql", Tls::kUnlessInsecure, 31337, "gizmosql[+flightsql]://host:port"},
    {"gizmosql+flightsql", Tls::kUnlessInsecure, 31337, ""},
    {"dremio", Tls::kUnlessInsecure, 32010, "dremio[+flightsql]://host:port"},
    {"dremio+flightsql", Tls::kUnlessInsecure, 32010, ""},
    {"kurrentdb", Tls::kUnlessInsecure, 2113, "kurrentdb[+flightsql]://host:port"},
    {"kurrentdb+flightsql", Tls::kUnlessInsecure, 2113, ""},
    {"iomete", Tls::kUnlessInsecure, 443,
     "iomete[+flightsql]://host:port/catalog/schema?cluster=&data_plane="},
    {"iomete+flightsql", Tls::kUnlessInsecure, 443, ""},
    {"flink+http", Tls::kNo, 8083, "flink+http[s]://host:8083[/catalog/database]"},
    {"flink+https", Tls::kYes, 8083, ""},
    {"flink+gateway", Tls::kNo, 8083, ""},
    {"confluent", Tls::kYes, 443,
     "confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT/DATABASE?organization="},
    {"flink+confluent", Tls::kYes, 443, ""},
}};

const Form& form_of(const Uri& uri) {
  for (const Form& form : kForms) {
    if (form.scheme == uri.scheme) return form;
  }
  std::string shapes;
  for (const Form& form : kForms) {
    if (!form.shape.empty()) shapes += "\n  " + std::string(form.shape);
  }
  throw Error(
      Code::kInvalidArgument,
      "URL: '" + uri.scheme + "' is no scheme that is known here. There are:" + shapes);
}

void apply_transport(Settings& s, std::string_view value) {
  if (value == "tls") {
    s.flight.channel.tls.enabled = true;
  } else if (value == "tcp") {
    s.flight.channel.tls.enabled = false;
  } else {
    throw Error(
        Code::kInvalidArgument,
        "URL parameter transport: '" + std::string(value) + "' is not one of tls, tcp");
  }
}

// A scheme that names the transport itself is not overruled in silence.
void check_transport(const Settings& s, const Form& form) {
  const bool tls = s.flight.channel.tls.enabled;
  if (form.tls == Tls::kUnlessInsecure || tls == (form.tls == Tls::kYes)) return;
  throw Error(Code::kInvalidArgument,
              "URL: " + std::string(form.scheme) + ":// means " +
                  (tls ? "plaintext, and its parameters say TLS (use grpc+tls://)"
                       : "TLS, and its parameters say plaintext (use grpc://)"));
}

// What a parameter that goes out as a header may have been meant as, or empty.
std::string similar_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 3> kOwn = {"insecure", "transport",
                                                    "disable_server_verification"};
  for (const std::string_view own : kOwn) {
    if (one_edit_apart(name, own)) return std::string(own);
  }
  for (const OptionInfo& option : option_table()) {
    const bool of_flink = option.name.starts_with("fletching.flink.");
    if (option.alias == name && !of_flink) return "fletching." + std::string(name);
  }
  return std::string(similar_option(name));
}

// Parameters without a prefix are headers, but for the few that the older packages gave
// a meaning; ours carry "fletching." or "adbc.".
void apply_parameter(Settings& s, const std::string& name, const std::string& value) {
  if (name == "insecure") {
    s.flight.channel.tls.enabled = !option_bool(name, value);
  } else if (name == "disable_server_verification") {
    s.flight.channel.tls.verify = !option_bool(name, value);
  } else if (name == "token") {
    s.flight.token = value;
  } else if (name == "transport") {
    apply_transport(s, value);
  } else if (name.starts_with("adbc.") || name.starts_with("fletching.")) {
    constexpr std::string_view kPrefix = "fletching.";
    const bool short_name = name.starts_with(kPrefix);
    const auto& table = option_table();
    const bool exact = std::any_of(table.begin(), table.end(),
                                   [&](const OptionInfo& o) { return o.name == name; });
    // ?fletching.tls_root_certs=... names the option by its alias.
    apply_option(s, short_name && !exact ? name.substr(kPrefix.size()) : name, value,
                 OptionLevel::kDatabase);
  } else {
    const std::string similar = similar_parameter(name);
    if (!similar.empty()) {
      log(LogLevel::kWarning, "URL parameter " + name +
                                  " is sent as a header; did you mean " + similar +
                                  "?");
    }
    apply_header(s, name, value, false);
  }
}

void apply_place(Settings& s, const Form& form, const Uri& uri) {
  ChannelOptions& channel = s.flight.channel;
  if (form.scheme.ends_with("unix")) {
    if (uri.path.empty() || !uri.host.empty()) {
      throw Error(Code::kInvalidArgument,
                  "URL: a unix socket is written grpc+unix:///path/to/socket");
    }
    channel.unix_path = uri.path;
    channel.host = "localhost";
    return;
  }
  if (uri.host.empty()) {
    throw Error(Code::kInvalidArgument,
                "URL: it names no host (" + std::string(form.scheme) + "://host:port)");
  }
  channel.host = uri.host;
  channel.port = uri.port.value_or(form.port);
  if (channel.port == 0) {
    throw Error(Code::kInvalidArgument, "URL: it names no port (" +
                                            std::string(form.scheme) + "://" +
                                            uri.host + ":PORT)");
  }
  if (!uri.path.empty() && uri.path != "/") {
    log(LogLevel::kWarning, "URL: its path means nothing for " +
                                std::string(form.scheme) + ":// and is passed over");
  }
}

// IOMETE routes by headers; its `schema` header carries the catalog's name. The path's
// schema is where names without one are, as with the option db_schema.
void apply_iomete(Settings& s, Uri& uri) {
  const auto missing = [](const std::string& what) {
    throw Error(Code::kInvalidArgument,
                "URL: iomete needs " + what +
                    ": iomete://user:token@host:port/catalog/schema?cluster=NAME&"
                    "data_plane=NAME");
  };
  const size_t second = uri.path.find('/', 1);
  if (uri.path.size() < 2 || second == 1) missing("a catalog in its path");
  if (second == std::string::npos || second + 1 == uri.path.size()) {
    missing("a schema in its path");
  }
  apply_header(s, "schema", uri.path.substr(1, second - 1), true);
  s.schema = uri.path.substr(second + 1);
  uri.path.clear();
  for (const auto& [parameter, header] :
       {std::pair<std::string, std::string>{"cluster", "cluster"},
        {"data_plane", "data-plane"}}) {
    const auto found = std::find_if(
        uri.query.begin(), uri.query.end(),
        [name = parameter](const auto& item) { return item.first == name; });
    if (found == uri.query.end() || found->second.empty()) {
      missing("the parameter " + parameter);
    }
    apply_header(s, header, found->second, true);
    uri.query.erase(found);
  }
  std::erase_if(uri.query, [&](const auto& item) {
    if (item.first == "tls")
      s.flight.channel.tls.enabled = option_bool("tls", item.second);
    if (item.first == "max_msg_size") {
      apply_option(s, "max_msg_size", item.second, OptionLevel::kDatabase);
    }
    return item.first == "tls" || item.first == "max_msg_size";
  });
}

// Whether a parameter's value may be one: nothing is known of a header's, and a
// misspelt option is one.
bool may_be_secret(std::string_view name) {
  constexpr std::array<std::string_view, 7> kHarmless = {
      "insecure",   "transport", "disable_server_verification", "tls", "cluster",
      "data_plane", "database"};
  if (std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end()) {
    return false;
  }
  constexpr std::string_view kPrefix = "fletching.";
  const std::string_view alias =
      name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
  const auto& table = option_table();
  return std::none_of(table.begin(), table.end(), [&](const OptionInfo& o) {
    return !o.secret && (o.name == name || o.alias == alias);
  });
}

// Tools that choose a driver by the scheme put its name before the URL proper:
// fletching:grpc://host:port.
std::string_view without_driver_name(std::string_view url) {
  constexpr std::string_view kName = "fletching:";
  const bool has_name = same_but_case(url.substr(0, kName.size()), kName);
  if (!has_name || url.substr(kName.size()).starts_with("//")) return url;
  return url.substr(kName.size());
}

}  // namespace

std::string shown_url(std::string_view url) { return redact_uri(url, may_be_secret); }

Settings settings_from_url(std::string_view url) {
  url = without_driver_name(url);
  Uri uri = parse_uri(url);
  const Form& form = form_of(uri);
  Settings s;
  s.uri = shown_url(url);
  if (is_flink_scheme(form.scheme)) {
    apply_flink_url(s, uri);
    return s;
  }
  s.flight.channel.tls.enabled = form.tls != Tls::kNo;
  s.profile = find_profile(form.scheme.substr(0, form.scheme.find('+')));
  if (form.scheme.starts_with("iomete")) apply_iomete(s, uri);
  apply_place(s, form, uri);
  if (uri.user) s.flight.user = *uri.user;
  if (uri.password) s.flight.password = *uri.password;
  for (const auto& [name, value] : uri.query) apply_parameter(s, name, value);
  check_transport(s, form);
  return s;
}

void apply_header(Settings& s, std::string_view name, std::string_view value,
                  bool replace) {
  std::string key(name);
  std::transform(key.begin(), key.end(), key.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  // RFC 9110 tokens less what gRPC refuses; grpc- names and these belong to the
  // protocol.
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
  constexpr std::array<std::string_view, 5> kReserved = {
      "te", "content-type", "host", "connection", "content-length"};
  if (key.empty() || key.find_first_not_of(kAllowed) != std::string::npos ||
      key.starts_with("grpc-") ||
      std::find(kReserved.begin(), kReserved.end(), key) != kReserved.end()) {
    throw Error(Code::kInvalidArgument,
                "header '" + key +
                    "': it cannot be sent by that name (letters, digits, "
                    "-, _ and . are allowed; grpc-*, te, content-type, host are not)");
  }
  const bool binary = key.ends_with("-bin");
  if (!binary && std::any_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
      })) {
    throw Error(Code::kInvalidArgument,
                "header '" + key + "': its value has a control character");
  }
  Headers& headers = s.flight.headers;
  if (replace) {
    std::erase_if(headers, [&](const auto& header) { return header.first == key; });
    if (value.empty()) return;
  }
  headers.emplace_back(std::move(key), value);
}

namespace {

void check_confluent(const Settings& s) {
  const auto missing = [](const char* what) {
    throw Error(Code::kInvalidArgument,
                std::string("Confluent: ") + what +
                    " (confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT/DATABASE?"
                    "organization=ID)");
  };
  if (s.flight.channel.host.empty()) missing("neither a region nor endpoint= is given");
  if (s.flink.environment.empty()) missing("no environment is given");
  if (s.flink.organization.empty()) missing("no organization is given");
  const bool token = !s.flight.token.empty();
  if (token && !s.flight.user.empty()) missing("a key excludes a token");
}

}  // namespace

void check_credentials(const Settings& s) {
  const bool key = !s.flight.user.empty() && !s.flight.password.empty();
  const bool token = !s.flight.token.empty() || s.flink.token_source;
  if (s.server != ServerFamily::kConfluent || key || token) return;
  throw Error(Code::kInvalidArgument,
              "Confluent: neither key and secret nor a token are given "
              "(confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT/DATABASE?"
              "organization=ID)");
}

void check_settings(const Settings& s) {
  if (s.server == ServerFamily::kConfluent) check_confluent(s);
  const TlsOptions& tls = s.flight.channel.tls;
  if (tls.cert_chain.empty() != tls.private_key.empty()) {
    throw Error(Code::kInvalidArgument,
                "options mtls_cert_chain and mtls_private_key: give both or neither");
  }
  if (!tls.enabled && !tls.cert_chain.empty()) {
    throw Error(
        Code::kInvalidArgument,
        "option mtls_cert_chain: the URL says plaintext, where no certificate is "
        "sent (use grpc+tls://)");
  }
  if (!s.flight.authorization.empty() &&
      (!s.flight.token.empty() || !s.flight.user.empty())) {
    throw Error(Code::kInvalidArgument,
                "option authorization_header: it excludes user, password and token");
  }
}

}  // namespace fletching
