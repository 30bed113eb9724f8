// SPDX-License-Identifier: Apache-2.0
// URIs (RFC 3986), as users type them: scheme://user:password@host:port/path?query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace fletching {

// All parts decoded. An absent part is empty; query keeps order and repetitions.
struct Uri {
  std::string scheme;  // lower case
  std::optional<std::string> user;
  std::optional<std::string> password;  // a secret
  std::string host;                     // IPv6 without brackets, zone id kept
  std::optional<uint16_t> port;
  std::string path;  // with its leading slash; still percent-encoded
                     // slashes are decoded like the rest
  std::vector<std::pair<std::string, std::string>> query;
};

// Throws kInvalidArgument that names the fault and its place, never the password.
[[nodiscard]] Uri parse_uri(std::string_view text);

// The same as text with user's password and the values of secret query parameters
// replaced by ***. For messages; works on text that does not parse.
[[nodiscard]] std::string redact_uri(
    std::string_view text, bool (*is_secret)(std::string_view) = is_secret_name);

// %41 -> A. In a query '+' means a blank. Throws kInvalidArgument for a bad escape.
[[nodiscard]] std::string percent_decode(std::string_view text,
                                         bool plus_is_blank = false);
[[nodiscard]] std::string percent_encode(std::string_view text);

// "host", "host:port", "[::1]:port"; throws kInvalidArgument.
struct HostPort {
  std::string host;
  std::optional<uint16_t> port;
};
[[nodiscard]] HostPort parse_host_port(std::string_view text);
// "host:port" with brackets around an IPv6 literal.
[[nodiscard]] std::string format_host_port(std::string_view host, uint16_t port);

}  // namespace fletching
