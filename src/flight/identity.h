// SPDX-License-Identifier: Apache-2.0
// Digests that tell peers apart (HMAC-SHA-256 under a key that this process alone has):
// what connections and tokens are kept by. identity_of() is in flight/client.h.
#pragma once

#include <string>
#include <string_view>

#include "flight/client.h"

namespace fletching {

// Like identity_of() without the fork generation: a child keeps its parent's tokens.
[[nodiscard]] std::string token_key_of(const FlightOptions& options);

// A connection to an advertised location, opened on behalf of `identity`. `trusted`: it
// carries that identity's credentials.
[[nodiscard]] std::string location_key_of(std::string_view identity,
                                          const ChannelOptions& channel, bool trusted);

}  // namespace fletching
