// SPDX-License-Identifier: Apache-2.0
// Values of options from text. Each throws kInvalidArgument naming the option and what
// it may be; the value is quoted unless the option is a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace fletching {

[[nodiscard]] bool option_bool(std::string_view name, std::string_view value);
[[nodiscard]] int64_t option_int(std::string_view name, std::string_view value,
                                 int64_t least, int64_t most);
// Seconds, a decimal number; zero means none.
[[nodiscard]] std::chrono::nanoseconds option_seconds(std::string_view name,
                                                      std::string_view value);
// Bytes: a number with an optional k, m or g (powers of 1,024).
[[nodiscard]] int64_t option_bytes(std::string_view name, std::string_view value);

}  // namespace fletching
