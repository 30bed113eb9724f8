// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/oauth.h"

#include <arrow-adbc/adbc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bindings/adbc/options.h"

namespace fletching::adbc {
namespace {

constexpr std::string_view kPrefix = "adbc.flight.sql.oauth.";
constexpr std::string_view kFlow = "flow";
constexpr std::string_view kRoots = "adbc.flight.sql.client_option.tls_root_certs";
constexpr std::string_view kSkip = "adbc.flight.sql.client_option.tls_skip_verify";

using Field = std::string OAuthOptions::*;
constexpr std::array<std::pair<std::string_view, Field>, 12> kFields = {{
    {"client_id", &OAuthOptions::client_id},
    {"client_secret", &OAuthOptions::client_secret},
    {"token_uri", &OAuthOptions::token_uri},
    {"scope", &OAuthOptions::scope},
    {"exchange.subject_token", &OAuthOptions::subject_token},
    {"exchange.subject_token_type", &OAuthOptions::subject_token_type},
    {"exchange.actor_token", &OAuthOptions::actor_token},
    {"exchange.actor_token_type", &OAuthOptions::actor_token_type},
    {"exchange.requested_token_type", &OAuthOptions::requested_token_type},
    {"exchange.scope", &OAuthOptions::scope},
    {"exchange.aud", &OAuthOptions::audience},
    {"exchange.resource", &OAuthOptions::resource},
}};

[[noreturn]] void wrong(std::string_view name, const std::string& what,
                        Code code = Code::kInvalidArgument) {
  throw Error(code, "option " + std::string(kPrefix) + std::string(name) + ": " + what);
}

void take(OAuthOptions& out, std::string_view name, const std::string& value) {
  if (name == kFlow) {
    if (value == "client_credentials") {
      out.flow = OAuthOptions::Flow::kClientCredentials;
    } else if (value == "token_exchange") {
      out.flow = OAuthOptions::Flow::kTokenExchange;
    } else {
      wrong(name, "it is neither client_credentials nor token_exchange");
    }
    return;
  }
  const auto* field = std::find_if(kFields.begin(), kFields.end(),
                                   [&](const auto& f) { return f.first == name; });
  if (field == kFields.end()) {
    wrong(name, "there is no flow here that needs it", Code::kNotImplemented);
  }
  out.*(field->second) = value;
}

}  // namespace

bool is_oauth_key(std::string_view name) noexcept { return name.starts_with(kPrefix); }

bool is_oauth_secret(std::string_view name) noexcept {
  return is_oauth_key(name) &&
         (name.ends_with("secret") || name.ends_with("subject_token") ||
          name.ends_with("actor_token"));
}

std::optional<OAuthOptions> oauth_of(const OptionMap& options) {
  OAuthOptions out;
  bool asked = false;
  for (const auto& [name, value] : options) {
    if (!is_oauth_key(name)) continue;
    asked = true;
    take(out, std::string_view(name).substr(kPrefix.size()), value);
  }
  if (!asked) return std::nullopt;
  if (!options.contains(std::string(kPrefix) + std::string(kFlow))) {
    wrong(kFlow, "it is missing (client_credentials or token_exchange)");
  }
  for (const char* other : {"username", "password", "fletching.token",
                            "adbc.flight.sql.authorization_header"}) {
    if (options.contains(other)) {
      wrong(kFlow, std::string("there is ") + other + " too; give one of the two");
    }
  }
  if (const auto roots = options.find(std::string(kRoots)); roots != options.end()) {
    out.tls_roots = roots->second;
  }
  if (const auto skip = options.find(std::string(kSkip)); skip != options.end()) {
    out.tls_verify = !to_bool(kSkip, skip->second);
  }
  return out;
}

}  // namespace fletching::adbc
