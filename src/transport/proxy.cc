// SPDX-License-Identifier: Apache-2.0
#include "transport/proxy.h"

#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/uri.h"
#include "transport/base64.h"
#include "transport/socket.h"

namespace fletching {
namespace {

constexpr size_t kMaxReply = size_t{8} << 10;
constexpr uint16_t kDefaultPort = 80;

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<std::string> environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string(value);
  }
  return std::nullopt;
}

std::optional<std::string> proxy_of_environment(const ChannelOptions& options) {
  if (options.protocol == Protocol::kGrpc) {
    return environment({"grpc_proxy", "GRPC_PROXY", "https_proxy", "HTTPS_PROXY",
                        "http_proxy", "all_proxy", "ALL_PROXY"});
  }
  if (options.tls.enabled) {
    return environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  }
  return environment({"http_proxy", "all_proxy", "ALL_PROXY"});
}

std::span<const uint8_t> address_bytes(const Address& address) {
  if (address.family() == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address.storage);
    return {reinterpret_cast<const uint8_t*>(&in.sin_addr), 4};
  }
  const auto& in = reinterpret_cast<const sockaddr_in6&>(address.storage);
  return {reinterpret_cast<const uint8_t*>(&in.sin6_addr), 16};
}

bool in_network(const Address& host, std::string_view entry) {
  const size_t slash = entry.find('/');
  const Address network = literal_address(entry.substr(0, slash), 0);
  if (network.size == 0 || network.family() != host.family()) return false;
  const auto a = address_bytes(host);
  const auto b = address_bytes(network);
  size_t bits = a.size() * 8;
  if (slash != std::string_view::npos) {
    const std::string_view number = entry.substr(slash + 1);
    const auto end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, bits);
    if (parsed.ec != std::errc() || parsed.ptr != end || bits > a.size() * 8)
      return false;
  }
  for (size_t i = 0; i < bits; ++i) {
    const int mask = 0x80 >> (i % 8);
    if ((a[i / 8] & mask) != (b[i / 8] & mask)) return false;
  }
  return true;
}

bool entry_covers(std::string_view entry, const std::string& host,
                  const Address& literal, uint16_t port) {
  if (entry == "*") return true;
  if (literal.size != 0) {
    if (entry.starts_with('[')) {
      const size_t close = entry.find(']');
      if (close == std::string_view::npos) return false;
      if (close + 1 < entry.size() &&
          entry.substr(close + 1) != ":" + std::to_string(port)) {
        return false;
      }
      return in_network(literal, entry.substr(1, close - 1));
    }
    if (in_network(literal, entry)) return true;
  }
  const size_t colon = entry.rfind(':');
  if (colon != std::string_view::npos && entry.find(':') == colon) {
    if (entry.substr(colon + 1) != std::to_string(port)) return false;
    entry = entry.substr(0, colon);
    if (literal.size != 0) return in_network(literal, entry);
  }
  if (literal.size != 0) return false;
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  const std::string name = lower(entry);
  return host == name || host.ends_with("." + name);
}

bool is_this_machine(const std::string& host) {
  const Address literal = literal_address(host, 0);
  if (literal.size != 0) return literal.is_loopback();
  const std::string name = lower(host);
  return name == "localhost" || name.ends_with(".localhost");
}

Proxy parse_proxy(const std::string& text) {
  const bool has_scheme = text.find("://") != std::string::npos;
  const Uri uri = parse_uri(has_scheme ? text : "http://" + text);
  if (uri.scheme != "http" || uri.host.empty()) {
    throw Error(
        Code::kInvalidArgument,
        "proxy '" + redact_uri(text) +
            "': only http://[user:password@]host:port is supported (the tunnel's "
            "contents are encrypted end to end with TLS all the same)");
  }
  Proxy proxy;
  proxy.host = uri.host;
  proxy.port = uri.port.value_or(kDefaultPort);
  if (uri.user) {
    proxy.authorization =
        "Basic " + base64_encode(*uri.user + ":" + uri.password.value_or(""));
  }
  return proxy;
}

}  // namespace

bool no_proxy_covers(std::string_view list, std::string_view host, uint16_t port) {
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  const Address literal = literal_address(name, 0);
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view entry = trimmed(list.substr(0, comma));
    if (!entry.empty() && entry_covers(entry, name, literal, port)) return true;
    list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
  }
  return false;
}

std::optional<Proxy> choose_proxy(const ChannelOptions& options) {
  if (!options.unix_path.empty()) return std::nullopt;
  std::optional<std::string> text = options.proxy;
  if (!text) {
    if (is_this_machine(options.host)) return std::nullopt;
    text = proxy_of_environment(options);
  }
  if (!text || text->empty()) return std::nullopt;
  const auto exceptions = options.no_proxy ? options.no_proxy
                          : options.protocol == Protocol::kGrpc
                              ? environment({"no_grpc_proxy", "no_proxy", "NO_PROXY"})
                              : environment({"no_proxy", "NO_PROXY"});
  // An explicit proxy is only overruled by an explicit no_proxy.
  const bool ask = options.no_proxy.has_value() || !options.proxy.has_value();
  if (ask && exceptions && no_proxy_covers(*exceptions, options.host, options.port)) {
    return std::nullopt;
  }
  return parse_proxy(*text);
}

std::string connect_request(const Proxy& proxy, std::string_view host, uint16_t port) {
  const std::string target = format_host_port(host, port);
  std::string text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty()) {
    text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  }
  return text + "\r\n";
}

bool ConnectReply::push(char byte) {
  text_ += byte;
  if (text_.ends_with("\r\n\r\n") || text_.ends_with("\n\n")) {
    judge();
    return true;
  }
  if (text_.size() >= kMaxReply) {
    throw Error(Code::kIo,
                "proxy: its answer is longer than 8 KiB (is it an HTTP proxy?)",
                "08001");
  }
  return false;
}

void ConnectReply::judge() const {
  const std::string_view text = text_;
  const std::string line(text.substr(0, text.find_first_of("\r\n")));
  int status = 0;
  if (text.starts_with("HTTP/1.") && text.size() > 12) {
    std::from_chars(text.data() + 9, text.data() + 12, status);
  }
  if (status >= 200 && status < 300) return;
  std::string hint;
  if (status == 407) hint = " (give user and password in the proxy's URL)";
  if (status == 403) hint = " (it does not let this host or port through)";
  if (status == 0) hint = " (is it an HTTP proxy?)";
  throw Error(Code::kIo,
              "proxy: it refused the connection: '" + line.substr(0, 100) + "'" + hint,
              "08001");
}

}  // namespace fletching
