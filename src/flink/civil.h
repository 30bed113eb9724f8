// SPDX-License-Identifier: Apache-2.0
// Days of the proleptic Gregorian calendar, as Java and Flink count them.
#pragma once

#include <cstdint>

namespace fletching::flink {

inline constexpr int64_t kDaySeconds = 86400;

// Days since 1970-01-01. month 1 to 12. Howard Hinnant's days_from_civil.
[[nodiscard]] constexpr int64_t days_of(int64_t year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t yoe = year - era * 400;
  const int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

[[nodiscard]] constexpr bool is_leap(int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

[[nodiscard]] constexpr int days_in_month(int64_t year, int month) noexcept {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

}  // namespace fletching::flink
