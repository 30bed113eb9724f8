// SPDX-License-Identifier: Apache-2.0
// The token endpoint of fletching/oauth.h.
#pragma once

#include <chrono>
#include <functional>

#include "base/wait.h"
#include "fletching/driver.h"
#include "fletching/oauth.h"

namespace fletching {

// Asks the token endpoint each time, for `limit` at most, on the thread that waits.
// Throws kInvalidArgument for what is missing or wrong in the options; what it gives
// throws kUnauthenticated with what the endpoint says (its error's code alone), kIo
// where it cannot be reached, and what ends the wait. No message holds a secret.
[[nodiscard]] std::function<Token(const Wait&)> oauth_provider(
    const OAuthOptions& options, std::chrono::nanoseconds limit);

}  // namespace fletching
