// SPDX-License-Identifier: Apache-2.0
// URLs of Flink's servers:
//
//   flink+http[s]://[user:password@]host:port[/catalog[/database]]
//   confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT[/DATABASE]?organization=ID
#include <string>

#include "driver/option_values.h"
#include "driver/url_forms.h"

namespace fletching {
namespace {

constexpr uint16_t kGatewayPort = 8083;
constexpr uint16_t kHttpsPort = 443;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::kInvalidArgument, "URL: " + what);
}

bool is_confluent(std::string_view scheme) { return scheme.ends_with("confluent"); }

// "/a/b" -> a, b.
std::pair<std::string, std::string> two_segments(const std::string& path) {
  std::string_view rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {std::string(rest), ""};
  if (rest.find('/', slash + 1) != std::string_view::npos) {
    refuse("its path has more than two parts");
  }
  return {std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}

// A property of Flink has a dot in its name, an option of ours has none.
void apply_parameter(Settings& s, const std::string& name, const std::string& value) {
  constexpr std::string_view kOwn = "fletching.";
  if (name == "tls") {
    s.flight.channel.tls.enabled = option_bool(name, value);
  } else if (name.starts_with(kOwn)) {
    std::string_view known;
    for (const OptionInfo& option : option_table()) {
      if (option.name == name) known = option.name;
    }
    const bool whole = !known.empty() || name.starts_with("fletching.flink.property.");
    apply_option(s, whole ? name : name.substr(kOwn.size()), value,
                 OptionLevel::kDatabase);
  } else if (name.find('.') != std::string::npos && !name.starts_with("adbc.")) {
    s.flink.properties[name] = value;
  } else {
    apply_option(s, name, value, OptionLevel::kDatabase);
  }
}

void apply_gateway(Settings& s, const Uri& uri) {
  s.server = ServerFamily::kFlinkGateway;
  s.profile = find_profile("flink");
  if (uri.host.empty()) refuse("it names no host (flink+http://host:8083)");
  s.flight.channel.host = uri.host;
  s.flight.channel.port = uri.port.value_or(kGatewayPort);
  s.flight.channel.tls.enabled = uri.scheme == "flink+https";
  const auto [catalog, database] = two_segments(uri.path);
  if (!catalog.empty()) s.catalog = catalog;
  if (!database.empty()) s.schema = database;
}

void apply_confluent(Settings& s, const Uri& uri) {
  s.server = ServerFamily::kConfluent;
  s.profile = find_profile("confluent");
  s.flight.channel.tls.enabled = true;
  s.flight.channel.port = uri.port.value_or(kHttpsPort);
  const auto [environment, database] = two_segments(uri.path);
  s.flink.environment = environment;
  if (!database.empty()) s.schema = database;
  if (uri.host.empty()) return;  // endpoint= says where it is
  const bool region = uri.host.find('.') != std::string::npos &&
                      !uri.host.ends_with(".confluent.cloud");
  s.flight.channel.host = region ? "flink." + uri.host + ".confluent.cloud" : uri.host;
}

}  // namespace

bool is_flink_scheme(std::string_view scheme) noexcept {
  return scheme == "flink+http" || scheme == "flink+https" ||
         scheme == "flink+gateway" || is_confluent(scheme);
}

void apply_flink_url(Settings& s, const Uri& uri) {
  if (is_confluent(uri.scheme)) {
    apply_confluent(s, uri);
  } else {
    apply_gateway(s, uri);
  }
  if (uri.user) s.flight.user = *uri.user;
  if (uri.password) s.flight.password = *uri.password;
  for (const auto& [name, value] : uri.query) apply_parameter(s, name, value);
}

void set_endpoint(Settings& s, std::string_view url) {
  const Uri uri = parse_uri(url);
  const bool tls = uri.scheme == "https";
  if ((!tls && uri.scheme != "http") || uri.host.empty() || uri.user ||
      !uri.query.empty()) {
    throw Error(Code::kInvalidArgument,
                "option endpoint: it is written https://host[:port]");
  }
  s.flight.channel.host = uri.host;
  s.flight.channel.tls.enabled = tls;
  s.flight.channel.port = uri.port.value_or(tls ? kHttpsPort : uint16_t{80});
  std::string_view path = uri.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  s.flink.path = path;
}

}  // namespace fletching
