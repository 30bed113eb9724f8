// SPDX-License-Identifier: Apache-2.0
// The option keys by which ADBC's Flight SQL drivers reach the server's session:
// adbc.flight.sql.session.option.NAME and its kin.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fletching/driver.h"

namespace fletching::adbc {

inline constexpr std::string_view kSessionPrefix = "adbc.flight.sql.session.option";
inline constexpr std::string_view kAllSessionOptions =
    "adbc.flight.sql.session.options";

// Name and new value where the key is one of them: .option.NAME takes a text,
// .optionbool.NAME true or false, .optionstringlist.NAME a JSON array of strings,
// .optionerase.NAME anything.
[[nodiscard]] std::optional<std::pair<std::string, SessionOption>> session_change(
    std::string_view key, const std::string& value);

// The value that such a key asks for. kNotFound: the session has none.
[[nodiscard]] std::string session_value(
    std::string_view key, const std::map<std::string, SessionOption>& options);
// All of them as a JSON object.
[[nodiscard]] std::string session_json(
    const std::map<std::string, SessionOption>& options);

}  // namespace fletching::adbc
