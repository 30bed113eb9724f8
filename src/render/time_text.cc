// SPDX-License-Identifier: Apache-2.0
#include "render/time_text.h"

#include <string_view>

namespace fletching::render {
namespace {

constexpr int64_t kDaySeconds = 86400;

void append_padded(std::string& out, int64_t value, size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_fraction(std::string& out, int64_t fraction, int64_t per_second) {
  if (fraction == 0) return;
  size_t width = 0;
  for (int64_t unit = per_second; unit > 1; unit /= 10) ++width;
  out += '.';
  append_padded(out, fraction, width);
}

// Never by multiplying back: that overflows near the smallest int64.
int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
int64_t floor_mod(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

}  // namespace

// Howard Hinnant's civil_from_days, on 400-year eras that begin in March.
void append_date(std::string& out, int64_t days) {
  const int64_t shifted_era = floor_div(days, 146097);
  const int64_t z = floor_mod(days, 146097) + 719468;
  const int64_t era = shifted_era + floor_div(z, 146097);
  const int64_t day_of_era = floor_mod(z, 146097);
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  const int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  if (year < 0) out += '-';
  append_padded(out, year < 0 ? -year : year, 4);
  out += '-';
  append_padded(out, month, 2);
  out += '-';
  append_padded(out, day_of_year - (153 * month_index + 2) / 5 + 1, 2);
}

void append_time(std::string& out, int64_t count, int64_t per_second) {
  if (count < 0) {
    out += '-';
    append_duration(out, count, per_second);
    return;
  }
  const int64_t seconds = count / per_second;
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
  append_fraction(out, count % per_second, per_second);
}

void append_timestamp(std::string& out, int64_t count, int64_t per_second,
                      char separator) {
  const int64_t seconds = floor_div(count, per_second);
  const int64_t fraction = floor_mod(count, per_second);
  const int64_t days = floor_div(seconds, kDaySeconds);
  append_date(out, days);
  out += separator;
  append_time(out, floor_mod(seconds, kDaySeconds), 1);
  append_fraction(out, fraction, per_second);
}

void append_duration(std::string& out, int64_t count, int64_t per_second) {
  // Parts first: the smallest int64 has no positive twin.
  const int64_t seconds = count / per_second;
  const int64_t fraction = count % per_second;
  if (count < 0) out += '-';
  std::string digits = std::to_string(seconds);
  out += digits.front() == '-' ? std::string_view(digits).substr(1) : digits;
  append_fraction(out, fraction < 0 ? -fraction : fraction, per_second);
  out += 's';
}

}  // namespace fletching::render
