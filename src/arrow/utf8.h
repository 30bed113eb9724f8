// SPDX-License-Identifier: Apache-2.0
// Is it text? Consumers written in Rust are undefined on strings that are not UTF-8, so
// every byte of every string column passes here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fletching {

// No byte of 0x80 and above.
[[nodiscard]] bool is_ascii(std::span<const uint8_t> bytes) noexcept;

// Well-formed UTF-8 (Unicode 15, table 3-7: no overlong form, no surrogate, nothing
// above U+10FFFF).
[[nodiscard]] bool is_utf8(std::span<const uint8_t> bytes) noexcept;
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  return is_utf8(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace fletching
