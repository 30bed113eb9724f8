// SPDX-License-Identifier: Apache-2.0
// The keys of ADBC's Go driver for OAuth 2.0.
#pragma once

#include <optional>
#include <string_view>

#include "fletching/driver.h"

namespace fletching::adbc {

// Whether a key is one of them, and holds a secret.
[[nodiscard]] bool is_oauth_key(std::string_view name) noexcept;
[[nodiscard]] bool is_oauth_secret(std::string_view name) noexcept;

// What the keys among `options` ask for; nullopt where there are none. Throws
// kInvalidArgument for an unknown flow, what is missing, and other credentials beside;
// kNotImplemented for keys without effect in the Go driver too.
[[nodiscard]] std::optional<OAuthOptions> oauth_of(const OptionMap& options);

}  // namespace fletching::adbc
