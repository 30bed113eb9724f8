// SPDX-License-Identifier: Apache-2.0
// The messages of the actions SetSessionOptions and GetSessionOptions (Flight.proto),
// bare in an action's body and result. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fletching {

// monostate: no value, which erases the option.
using SessionOptionValue = std::variant<std::monostate, std::string, bool, int64_t,
                                        double, std::vector<std::string>>;
using SessionOptionMap = std::map<std::string, SessionOptionValue>;

// SetSessionOptionsRequest.
[[nodiscard]] std::string encode_set_session_options(const SessionOptionMap& options);

// SetSessionOptionsResult.errors: the options that were refused, and why in words.
// Throws kInvalidData.
[[nodiscard]] std::map<std::string, std::string> decode_set_session_options_result(
    std::string_view bytes);

// GetSessionOptionsResult. Throws kInvalidData.
[[nodiscard]] SessionOptionMap decode_get_session_options_result(
    std::string_view bytes);

}  // namespace fletching
