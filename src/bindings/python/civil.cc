// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/civil.h"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace fletching::python {
namespace {

template <class... Args>
std::string print(const char* format, Args... args) {
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, args...);
  return buffer.data();
}

std::string clock_text(int64_t seconds) {
  return print("%02" PRId64 ":%02d:%02d", seconds / 3600,
               static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
}

std::string fraction_text(int64_t fraction, int digits) {
  if (digits == 0 || fraction == 0) return {};
  return print(".%0*" PRId64, digits, fraction);
}

int64_t unit_of(int digits) {
  int64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  return unit;
}

// Rounded down (seconds < 0, fraction >= 0) to sign and magnitude.
std::string sign_and_turn(int64_t& seconds, int64_t& fraction, int digits) {
  if (seconds >= 0) return {};
  if (fraction != 0) {
    ++seconds;
    fraction = unit_of(digits) - fraction;
  }
  // The least int64 has no positive; it comes in whole seconds and is one off at 2^63.
  seconds = seconds == INT64_MIN ? INT64_MAX : -seconds;
  return "-";
}

}  // namespace

std::string date_text(int64_t days) {
  const Civil c = civil_from_days(days);
  if (c.year >= 0 && c.year <= 9999) {
    return print("%04d-%02d-%02d", static_cast<int>(c.year), c.month, c.day);
  }
  return print("%c%04" PRId64 "-%02d-%02d", c.year < 0 ? '-' : '+',
               c.year < 0 ? -c.year : c.year, c.month, c.day);
}

std::string timestamp_text(int64_t seconds, int64_t fraction, int digits) {
  int64_t days = seconds / kDaySeconds;
  if (seconds % kDaySeconds < 0) --days;
  return date_text(days) + "T" + clock_text(seconds - days * kDaySeconds) +
         fraction_text(fraction, digits);
}

std::string duration_text(int64_t seconds, int64_t fraction, int digits) {
  if (seconds == INT64_MIN) return "PT-9223372036854775808S";
  const std::string sign = sign_and_turn(seconds, fraction, digits);
  return "PT" + sign + print("%" PRId64, seconds) + fraction_text(fraction, digits) +
         "S";
}

std::string time_text(int64_t seconds, int64_t fraction, int digits) {
  const std::string sign = sign_and_turn(seconds, fraction, digits);
  return sign + clock_text(seconds) + fraction_text(fraction, digits);
}

}  // namespace fletching::python
