// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4), as binary metadata and Basic credentials use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fletching {

[[nodiscard]] std::string base64_encode(std::string_view bytes, bool padded = true);

// With or without padding; the URL alphabet is taken too. nullopt if it is not base64.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace fletching
