// SPDX-License-Identifier: Apache-2.0
#include "flight/location.h"

#include <algorithm>
#include <optional>

#include "base/secret.h"
#include "base/uri.h"
#include "transport/http_client.h"

namespace fletching {
namespace {

constexpr std::string_view kReuse = "arrow-flight-reuse-connection:";

bool equal_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_loopback(std::string_view host) {
  return equal_text(host, "localhost") || host == "::1" || host == "127.0.0.1";
}

bool is_unspecified(std::string_view host) {
  return host.empty() || host == "0.0.0.0" || host == "::" || host == "*" ||
         host == "0:0:0:0:0:0:0:0" || host == "::0";
}

bool same_host(const ChannelOptions& a, const ChannelOptions& b) {
  if (!a.unix_path.empty() && !b.unix_path.empty()) return a.unix_path == b.unix_path;
  const bool a_local = !a.unix_path.empty() || is_loopback(a.host);
  const bool b_local = !b.unix_path.empty() || is_loopback(b.host);
  if (a_local && b_local) return true;
  return a.unix_path.empty() && b.unix_path.empty() && equal_text(a.host, b.host);
}

bool same_place(const ChannelOptions& a, const ChannelOptions& b) {
  if (a.tls.enabled != b.tls.enabled || a.unix_path != b.unix_path) return false;
  return !a.unix_path.empty() || (a.port == b.port && same_host(a, b));
}

enum class Meaning { kOrigin, kElsewhere, kUnknown };

struct Reading {
  Meaning meaning = Meaning::kUnknown;
  ChannelOptions channel;
};

// The origin's options, pointed elsewhere. What names the origin does not go along.
ChannelOptions moved(const ChannelOptions& origin, const Uri& uri, bool tls) {
  ChannelOptions out = origin;
  out.unix_path.clear();
  out.host = uri.host;
  out.port = uri.port.value_or(0);
  out.authority.clear();
  out.tls.enabled = tls;
  if (!equal_text(out.host, origin.host)) out.tls.server_name.clear();
  return out;
}

void apply_map(ChannelOptions& channel,
               const std::map<std::string, std::string>& location_map) {
  const auto found = location_map.find(format_host_port(channel.host, channel.port));
  if (found == location_map.end()) return;
  const HostPort place = parse_host_port(found->second);
  channel.host = place.host;
  if (place.port) channel.port = *place.port;
}

Reading read_tcp(const Uri& uri, bool tls, const FlightOptions& options) {
  const ChannelOptions& origin = options.channel;
  Reading out;
  if (!uri.port) return out;
  out.channel = moved(origin, uri, tls);
  apply_map(out.channel, options.location_map);
  out.meaning = Meaning::kElsewhere;
  if (is_unspecified(out.channel.host)) {
    // The server does not know its own name. On another port it may be found at the
    // origin's host, but a proxy that ends TLS for it is part of the way to it.
    if (!origin.unix_path.empty() || tls != origin.tls.enabled) {
      out.meaning = Meaning::kOrigin;
      return out;
    }
    out.channel.host = origin.host;
    out.channel.tls.server_name = origin.tls.server_name;
  }
  if (same_place(out.channel, origin)) out.meaning = Meaning::kOrigin;
  return out;
}

Reading read_unix(const Uri& uri, const FlightOptions& options) {
  Reading out;
  const std::string path = uri.host.empty() ? uri.path : "/" + uri.host + uri.path;
  if (path.empty()) return out;
  out.channel = moved(options.channel, uri, false);
  out.channel.host = "localhost";
  out.channel.unix_path = path;
  out.meaning =
      same_place(out.channel, options.channel) ? Meaning::kOrigin : Meaning::kElsewhere;
  return out;
}

Reading read_location(const std::string& text, const FlightOptions& options) {
  Reading out;
  if (text.empty() || text.starts_with(kReuse)) {
    out.meaning = Meaning::kOrigin;
    return out;
  }
  Uri uri;
  try {
    uri = parse_uri(text);
  } catch (const Error&) {
    return out;
  }
  if (uri.scheme == "grpc" || uri.scheme == "grpc+tcp") {
    return read_tcp(uri, false, options);
  }
  if (uri.scheme == "grpc+tls") return read_tcp(uri, true, options);
  if (uri.scheme == "grpc+unix") return read_unix(uri, options);
  return out;
}

std::string name_of(const ChannelOptions& channel) {
  if (!channel.unix_path.empty()) return "grpc+unix://" + channel.unix_path;
  return (channel.tls.enabled ? "grpc+tls://" : "grpc://") +
         format_host_port(channel.host, channel.port);
}

ReadTarget origin_target(const FlightOptions& options) {
  ReadTarget target;
  target.origin = true;
  target.trusted = true;
  target.name = name_of(options.channel);
  return target;
}

ReadTarget other_target(ChannelOptions channel, const FlightOptions& options) {
  ReadTarget target;
  target.trusted =
      credentials_follow(options.location_credentials, options.channel, channel);
  if (!target.trusted) {
    channel.tls.cert_chain.clear();
    channel.tls.private_key.clear();
  }
  target.name = name_of(channel);
  target.channel = std::move(channel);
  return target;
}

bool has_origin(const std::vector<ReadTarget>& targets) {
  return std::any_of(targets.begin(), targets.end(),
                     [](const ReadTarget& target) { return target.origin; });
}

[[noreturn]] void refuse(const std::string& shown) {
  throw Error(
      Code::kInvalidData,
      "DoGet: the server offers this result at '" + shown +
          "', which is no location that can be connected to (the location policy "
          "'origin' reads it from the server itself)");
}

}  // namespace

bool credentials_follow(LocationCredentials policy, const ChannelOptions& origin,
                        const ChannelOptions& target) {
  if (policy != LocationCredentials::kTls)
    return policy == LocationCredentials::kAlways;
  if (origin.tls.enabled) return target.tls.enabled;
  return same_host(origin, target);
}

std::optional<ReadTarget> http_target(const std::string& url,
                                      const FlightOptions& options) {
  Uri uri;
  ReadTarget out;
  try {
    uri = parse_uri(url);
    if ((uri.scheme != "http" && uri.scheme != "https") || uri.host.empty()) return {};
    out.http_target = target_of_url(url);
  } catch (const Error&) {
    return {};
  }
  const bool tls = uri.scheme == "https";
  if (!uri.port) uri.port = tls ? 443 : 80;
  out.channel = moved(options.channel, uri, tls);
  out.channel.protocol = Protocol::kHttp1;
  out.channel.connect_timeout = options.location_connect_timeout;
  out.channel.tls.cert_chain.clear();
  out.channel.tls.private_key.clear();
  // The name that was signed, wherever the map leads to.
  out.channel.authority = format_host_port(uri.host, *uri.port);
  const bool usual = *uri.port == (tls ? 443 : 80);
  if (usual) out.channel.authority.resize(out.channel.authority.rfind(':'));
  apply_map(out.channel, options.location_map);
  out.name = uri.scheme + "://" + out.channel.authority;
  return out;
}

std::vector<ReadTarget> targets_of(const FlightEndpoint& endpoint,
                                   const FlightOptions& options) {
  if (options.location_policy == LocationPolicy::kOrigin ||
      endpoint.locations.empty()) {
    return {origin_target(options)};
  }
  std::vector<ReadTarget> targets;
  for (const auto& location : endpoint.locations) {
    if (auto http = http_target(location, options)) {
      targets.push_back(std::move(*http));
      continue;
    }
    Reading reading = read_location(location, options);
    if (reading.meaning == Meaning::kOrigin && !has_origin(targets)) {
      targets.push_back(origin_target(options));
    } else if (reading.meaning == Meaning::kElsewhere) {
      targets.push_back(other_target(std::move(reading.channel), options));
    }
  }
  const bool may_fall_back = options.location_policy == LocationPolicy::kAuto;
  if (targets.empty() && !may_fall_back) {
    // Nothing of it but scheme, host and path is told.
    const std::string shown = redact_uri(endpoint.locations.front());
    refuse(shown.substr(0, shown.find('?')));
  }
  // The ticket beside a URL need not mean anything to the server itself.
  const bool only_http =
      !targets.empty() && std::all_of(targets.begin(), targets.end(),
                                      [](const ReadTarget& t) { return t.http(); });
  if (may_fall_back && !only_http && !has_origin(targets)) {
    targets.push_back(origin_target(options));
  }
  return targets;
}

}  // namespace fletching
