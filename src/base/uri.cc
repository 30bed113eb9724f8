// SPDX-License-Identifier: Apache-2.0
#include "base/uri.h"

#include <algorithm>
#include <charconv>

#include "fletching/error.h"

namespace fletching {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(Code::kInvalidArgument, "URI: " + what);
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string parse_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) {
    fail("it must begin with a scheme, for example grpc+tls://host:port");
  }
  std::string scheme;
  for (const char c : text) {
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.' && c != '_') {
      fail("its scheme has a character that no scheme can have");
    }
    scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return scheme;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 ||
      value > 65535) {
    // Not quoted: it may be the start of a password.
    fail(
        "its port is no number from 1 to 65535 (in a password write / as %2F, ? as "
        "%3F)");
  }
  return static_cast<uint16_t>(value);
}

void parse_query(std::string_view text, Uri& uri) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? "" : item.substr(equals + 1);
    uri.query.emplace_back(percent_decode(item.substr(0, equals), true),
                           percent_decode(value, true));
  }
}

void parse_authority(std::string_view text, Uri& uri) {
  // The last @, so that a password with an unescaped @ still works as its author meant.
  const size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view info = text.substr(0, at);
    const size_t colon = info.find(':');
    uri.user = percent_decode(info.substr(0, colon));
    if (colon != std::string_view::npos) {
      uri.password = percent_decode(info.substr(colon + 1));
    }
    text.remove_prefix(at + 1);
  }
  HostPort place = parse_host_port(text);
  uri.host = std::move(place.host);
  uri.port = place.port;
}

// Where the @ behind the password is. One with a / or ? that was not escaped looks like
// a port that is none.
size_t end_of_userinfo(const std::string& uri, size_t begin) {
  const size_t end = std::min(uri.find_first_of("/?", begin), uri.size());
  const size_t at = uri.rfind('@', end);
  if (at != std::string::npos && at >= begin) return at;
  const size_t colon = uri.find(':', begin);
  if (colon >= end || uri[begin] == '[') return std::string::npos;
  const bool port =
      std::all_of(uri.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                  uri.begin() + static_cast<std::ptrdiff_t>(end), is_digit);
  return port ? std::string::npos : uri.rfind('@');
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%') {
      const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        fail("a % that is not followed by two hexadecimal digits (write % as %25)");
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[u >> 4];
      out += kHex[u & 15];
    }
  }
  return out;
}

HostPort parse_host_port(std::string_view text) {
  HostPort out;
  if (!text.empty() && text.front() == '[') {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) fail("a [ without its ] around an address");
    out.host = percent_decode(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    if (text.empty()) return out;
    if (text.front() != ':') fail("text between ] and the port");
    out.port = parse_port(text.substr(1));
    return out;
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) != text.npos) {
    fail("an IPv6 address needs brackets, for example [::1]:443");
  }
  out.host = percent_decode(text.substr(0, colon));
  if (colon != std::string_view::npos) out.port = parse_port(text.substr(colon + 1));
  return out;
}

std::string format_host_port(std::string_view host, uint16_t port) {
  std::string out(host);
  if (host.find(':') != std::string_view::npos) out = "[" + out + "]";
  return out + ":" + std::to_string(port);
}

Uri parse_uri(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
      })) {
    fail("it has a blank or a control character (write a blank as %20)");
  }
  Uri uri;
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    fail("'://' is missing after the scheme, for example grpc+tls://host:port");
  }
  uri.scheme = parse_scheme(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  const size_t fragment = text.find('#');
  if (fragment != std::string_view::npos) {
    fail("a # has no meaning here (in a password write it as %23)");
  }
  const size_t question = text.find('?');
  if (question != std::string_view::npos) {
    parse_query(text.substr(question + 1), uri);
    text = text.substr(0, question);
  }
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) uri.path = percent_decode(text.substr(slash));
  parse_authority(text.substr(0, slash), uri);
  return uri;
}

std::string redact_uri(std::string_view text, bool (*is_secret)(std::string_view)) {
  std::string out(text);
  const size_t start = out.find("://");
  const size_t begin = start == std::string::npos ? 0 : start + 3;
  const size_t at = end_of_userinfo(out, begin);
  if (at != std::string::npos && at >= begin) {
    const size_t colon = out.find(':', begin);
    if (colon < at) out.replace(colon + 1, at - colon - 1, kRedacted);
  }
  size_t item = out.find('?', begin);
  while (item != std::string::npos) {
    const size_t end = std::min(out.find('&', item + 1), out.size());
    const size_t equals = out.find('=', item);
    if (equals < end &&
        is_secret(std::string_view(out).substr(item + 1, equals - item - 1))) {
      out.replace(equals + 1, end - equals - 1, kRedacted);
    }
    item = out.find('&', item + 1);
  }
  return out;
}

}  // namespace fletching
