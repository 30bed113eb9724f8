// SPDX-License-Identifier: Apache-2.0
// OAuth 2.0 grants that need nobody at a keyboard: client credentials (RFC 6749, 4.4)
// and token exchange (RFC 8693). For others there is Database::set_token_provider.
#pragma once

#include <cstdint>
#include <string>

namespace fletching {

struct OAuthOptions {
  enum class Flow : uint8_t { kClientCredentials, kTokenExchange };
  Flow flow = Flow::kClientCredentials;
  std::string token_uri;  // https, or http of this machine
  std::string client_id, client_secret, scope;
  // Of the exchange; what is empty is not sent.
  std::string subject_token, subject_token_type, actor_token, actor_token_type;
  std::string requested_token_type, audience, resource;
  // Of the token endpoint: authorities as PEM text in place of the system's, and
  // whether its certificate is checked.
  std::string tls_roots;
  bool tls_verify = true;
};

}  // namespace fletching
