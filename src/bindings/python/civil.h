// SPDX-License-Identifier: Apache-2.0
// The proleptic Gregorian calendar, and ISO 8601 text for moments outside of Python's.
#pragma once

#include <cstdint>
#include <string>

namespace fletching::python {

struct Civil {
  int64_t year;
  int month, day;
};

// Days since 1970-01-01, for any that a 64-bit count of seconds can reach.
constexpr Civil civil_from_days(int64_t days) noexcept {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto in_era = static_cast<uint32_t>(days - era * 146097);
  const uint32_t year =
      (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  const uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
  const uint32_t m = (5 * in_year + 2) / 153;
  const auto day = static_cast<int>(in_year - (153 * m + 2) / 5 + 1);
  const auto month = static_cast<int>(m < 10 ? m + 3 : m - 9);
  return {static_cast<int64_t>(year) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// What datetime can hold: 0001-01-01 to 9999-12-31.
constexpr int64_t kFirstDay = -719162;
constexpr int64_t kLastDay = 2932896;
constexpr bool in_calendar(int64_t days) noexcept {
  return days >= kFirstDay && days <= kLastDay;
}

constexpr int64_t kDaySeconds = 86400;

// "2024-02-29"; years outside 0-9999 with a sign.
[[nodiscard]] std::string date_text(int64_t days);
// `digits` decimals of a second (0, 3, 6, 9) from `fraction` of that unit.
[[nodiscard]] std::string timestamp_text(int64_t seconds, int64_t fraction, int digits);
// "PT-1.5S" and the like: ISO 8601 duration in seconds.
[[nodiscard]] std::string duration_text(int64_t seconds, int64_t fraction, int digits);
// A time of day as far as it goes: "24:00:00", "-00:00:01".
[[nodiscard]] std::string time_text(int64_t seconds, int64_t fraction, int digits);

}  // namespace fletching::python
