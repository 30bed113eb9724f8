// SPDX-License-Identifier: Apache-2.0
// Metadata of a call as lists of names and values, in the order of the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fletching {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of `name` (lower case), or nullopt. Binary (-bin) values are decoded.
[[nodiscard]] std::optional<std::string_view> find_header(const Headers& headers,
                                                          std::string_view name);

// Throws kInvalidArgument unless names are lower-case tokens (a-z 0-9 _ - .) and values
// printable ASCII; values of -bin names may be any bytes. The message never has a
// value.
void check_headers(const Headers& headers);

[[nodiscard]] bool is_binary_header(std::string_view name) noexcept;

}  // namespace fletching
