// SPDX-License-Identifier: Apache-2.0
// OAuth 2.0 grants that need nobody at a keyboard, for faces without a language of
// their own to ask in: client credentials (RFC 6749, 4.4) and token exchange (RFC
// 8693).
#pragma once

#include <string>

#include "fletching/driver.h"
#include "transport/channel.h"

namespace fletching {

struct OAuthOptions {
  enum class Flow : uint8_t { kClientCredentials, kTokenExchange };
  Flow flow = Flow::kClientCredentials;
  std::string token_uri;  // https, or http of this machine
  std::string client_id, client_secret, scope;
  // Of the exchange; what is empty is not sent.
  std::string subject_token, subject_token_type, actor_token, actor_token_type;
  std::string requested_token_type, audience, resource;
  TlsOptions tls;  // roots and verify; the rest is the URI's
};

// Asks the token endpoint each time. Throws kInvalidArgument for what is missing or
// wrong in the options; the provider throws kUnauthenticated with what the endpoint
// says (its error's code alone), kIo where it cannot be reached. No message holds a
// secret.
[[nodiscard]] TokenProvider oauth_provider(const OAuthOptions& options);

}  // namespace fletching
