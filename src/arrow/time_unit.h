// SPDX-License-Identifier: Apache-2.0
// Units of time by what a second has of them.
#pragma once

#include <nanoarrow/nanoarrow.h>

#include <cstdint>

namespace fletching {

// The decimal digits of a second that a unit holds: 0, 3, 6 or 9.
[[nodiscard]] constexpr int digits_of(ArrowTimeUnit unit) noexcept {
  return 3 * static_cast<int>(unit);  // second, milli, micro, nano
}

[[nodiscard]] constexpr int64_t units_per_second(ArrowTimeUnit unit) noexcept {
  int64_t units = 1;
  for (int digit = digits_of(unit); digit > 0; --digit) units *= 10;
  return units;
}

}  // namespace fletching
