// SPDX-License-Identifier: Apache-2.0
// Dates, times and intervals as the text inside of SQL literals. Exact, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/sql_dialect.h"

namespace fletching {

// "2020-01-31" for days since 1970; nothing outside of the years.
[[nodiscard]] std::optional<std::string> date_text(int64_t days, Years years);

// "12:34:56.123" for a count of 10^-unit_digits seconds since midnight, with `digits`
// digits of the fraction (those beyond unit_digits are left out); nothing outside of
// one day.
[[nodiscard]] std::optional<std::string> time_text(int64_t count, int unit_digits,
                                                   int digits);

// "2020-01-31 12:34:56.123" for a count of 10^-unit_digits seconds since 1970.
[[nodiscard]] std::optional<std::string> timestamp_text(int64_t count, int unit_digits,
                                                        int digits, Years years);

// Are the digits of a count's fraction beyond the first `digits` all zero?
[[nodiscard]] bool fits_digits(int64_t count, int unit_digits, int digits) noexcept;

// A length of time: months, days and seconds are different things.
struct Span {
  int64_t months = 0;
  int64_t days = 0;
  int64_t seconds = 0;
  int32_t nanos = 0;  // 0 to 999999999, added to the seconds

  [[nodiscard]] static Span of(int64_t count, int unit_digits) noexcept;
};

// "-3.500000" with as many digits of the fraction as the value needs.
[[nodiscard]] std::string seconds_text(const Span& span);
// "1 MONTHS -2 DAYS 3.5 SECONDS"
[[nodiscard]] std::string words_text(const Span& span);
// "-1 02:03:04.500", days and seconds together; `days` is how many there are.
[[nodiscard]] std::string day_time_text(const Span& span, int digits, uint64_t& days);

}  // namespace fletching
