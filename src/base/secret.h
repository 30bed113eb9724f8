// SPDX-License-Identifier: Apache-2.0
// What must never be printed.
#pragma once

#include <string>
#include <string_view>

namespace fletching {

inline constexpr std::string_view kRedacted = "***";

// Names of headers, options and query parameters whose values are secrets:
// authorization, cookies, anything with token, password, secret, credential,
// private_key, signature ...
[[nodiscard]] bool is_secret_name(std::string_view name) noexcept;

// value, or *** if the name says that it is a secret.
[[nodiscard]] std::string redact(std::string_view name, std::string_view value);

}  // namespace fletching
