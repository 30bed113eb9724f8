// SPDX-License-Identifier: Apache-2.0
// Option values as ADBC passes them: texts, bytes, integers, doubles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "fletching/driver.h"

namespace fletching::adbc {

// A C string from the caller; kInvalidArgument naming `what` where it is null.
[[nodiscard]] std::string_view text(const char* value, std::string_view what);

// ADBC's way to hand out a text: `length` is how much room there is, and becomes what
// is needed, the closing NUL included; nothing is written where the room is too small.
void give_text(std::string_view value, char* out, size_t* length);
void give_bytes(std::string_view value, uint8_t* out, size_t* length);

// kNotFound where the option's value is no number.
[[nodiscard]] int64_t to_int(std::string_view name, std::string_view value);
[[nodiscard]] double to_double(std::string_view name, std::string_view value);
[[nodiscard]] std::string from_double(double value);
[[nodiscard]] bool to_bool(std::string_view name, std::string_view value);

// Options of ADBC's Go driver that have no effect here, since what they are for is
// always so, or is done in another way.
[[nodiscard]] bool has_no_effect(std::string_view name);

// The value of an option: the first that was set in `sets`, else its default. Throws
// kNotFound for secrets and for names that nobody knows.
[[nodiscard]] std::string option_value(std::string_view name,
                                       std::initializer_list<const OptionMap*> sets);

}  // namespace fletching::adbc
