// SPDX-License-Identifier: Apache-2.0
// Values of options from text. Each throws kInvalidArgument naming the option and what
// it may be; the value is quoted unless the option is a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "fletching/error.h"

namespace fletching {

[[nodiscard]] bool option_bool(std::string_view name, std::string_view value);
[[nodiscard]] int64_t option_int(std::string_view name, std::string_view value,
                                 int64_t least, int64_t most);
// Seconds, a decimal number; zero means none.
[[nodiscard]] std::chrono::nanoseconds option_seconds(std::string_view name,
                                                      std::string_view value);
// Bytes: a number with an optional k, m or g (powers of 1,024).
[[nodiscard]] int64_t option_bytes(std::string_view name, std::string_view value);

// The choice of that word.
template <class E>
[[nodiscard]] E one_of(std::string_view name, std::string_view value,
                       std::initializer_list<std::pair<std::string_view, E>> choices) {
  std::string words;
  for (const auto& [word, choice] : choices) {
    if (word == value) return choice;
    words += (words.empty() ? "" : ", ") + std::string(word);
  }
  throw Error(Code::kInvalidArgument, "option " + std::string(name) + ": '" +
                                          std::string(value) + "' is not one of " +
                                          words);
}

// True where one is the other with a letter more, fewer or changed, or with two
// neighbours exchanged; false where they are equal.
[[nodiscard]] bool one_edit_apart(std::string_view a, std::string_view b);

}  // namespace fletching
