// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_temporal.h"

#include <algorithm>
#include <array>

namespace fletching {
namespace {

constexpr int64_t kDay = 86400;
constexpr std::array<int64_t, 10> kPowers = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

int64_t power(int digits) { return kPowers[static_cast<size_t>(digits)]; }

struct Divided {
  int64_t quotient, rest;
};
Divided floor_divide(int64_t a, int64_t b) {
  Divided d{a / b, a % b};
  if (d.rest < 0) {
    --d.quotient;
    d.rest += b;
  }
  return d;
}

// Howard Hinnant's days_to_civil, for all days that 64 bits of seconds can name.
struct Civil {
  int64_t year;
  int month, day;
};
Civil civil(int64_t days) {
  const Divided era = floor_divide(days + 719468, 146097);
  const int64_t doe = era.rest;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {yoe + era.quotient * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(doy - (153 * mp + 2) / 5 + 1)};
}

std::string padded(int64_t value, size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

// ".123": the first `digits` of a fraction that has unit_digits.
std::string fraction(int64_t value, int unit_digits, int digits) {
  digits = std::min(digits, unit_digits);
  if (digits == 0) return {};
  return "." + padded(value / power(unit_digits - digits), static_cast<size_t>(digits));
}

std::string clock(int64_t second) {
  return padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" +
         padded(second % 60, 2);
}

// A span's days, seconds and fraction as a sign and two magnitudes.
struct Magnitude {
  bool negative = false;
  uint64_t seconds = 0;
  int32_t nanos = 0;
};
Magnitude magnitude(int64_t seconds, int32_t nanos) {
  if (seconds >= 0) return {false, static_cast<uint64_t>(seconds), nanos};
  const uint64_t size = ~static_cast<uint64_t>(seconds) + 1;
  if (nanos == 0) return {true, size, 0};
  return {true, size - 1, static_cast<int32_t>(power(9)) - nanos};
}

}  // namespace

std::optional<std::string> date_text(int64_t days, Years years) {
  // Beyond any year that is written; the sum below would overflow.
  if (days > INT32_MAX || days < INT32_MIN) return std::nullopt;
  const Civil date = civil(days);
  if (date.year < years.first || date.year > years.last) return std::nullopt;
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
}

std::optional<std::string> time_text(int64_t count, int unit_digits, int digits) {
  const Divided time = floor_divide(count, power(unit_digits));
  if (time.quotient < 0 || time.quotient >= kDay) return std::nullopt;
  return clock(time.quotient) + fraction(time.rest, unit_digits, digits);
}

std::optional<std::string> timestamp_text(int64_t count, int unit_digits, int digits,
                                          Years years) {
  const Divided time = floor_divide(count, power(unit_digits));
  const Divided day = floor_divide(time.quotient, kDay);
  std::optional<std::string> text = date_text(day.quotient, years);
  if (text) *text += " " + clock(day.rest) + fraction(time.rest, unit_digits, digits);
  return text;
}

bool fits_digits(int64_t count, int unit_digits, int digits) noexcept {
  return digits >= unit_digits || count % power(unit_digits - digits) == 0;
}

Span Span::of(int64_t count, int unit_digits) noexcept {
  const Divided time = floor_divide(count, power(unit_digits));
  Span span;
  span.seconds = time.quotient;
  span.nanos = static_cast<int32_t>(time.rest * power(9 - unit_digits));
  return span;
}

std::string seconds_text(const Span& span) {
  const Magnitude size = magnitude(span.seconds, span.nanos);
  std::string text = (size.negative ? "-" : "") + std::to_string(size.seconds) +
                     fraction(size.nanos, 9, 9);
  while (text.back() == '0') text.pop_back();
  // Only a fraction's zeros may go: the point is always there.
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string words_text(const Span& span) {
  std::string text;
  const auto add = [&text](const std::string& count, const char* unit) {
    text += (text.empty() ? "" : " ") + count + unit;
  };
  if (span.months != 0) add(std::to_string(span.months), " MONTHS");
  if (span.days != 0) add(std::to_string(span.days), " DAYS");
  if (span.seconds != 0 || span.nanos != 0 || text.empty()) {
    add(seconds_text(span), " SECONDS");
  }
  return text;
}

std::string day_time_text(const Span& span, int digits, uint64_t& days) {
  // Seconds of their own reach 2^63, so whole days are added to them as days.
  const Divided own = floor_divide(span.seconds, kDay);
  int64_t whole = span.days + own.quotient;
  int64_t rest = own.rest;
  int64_t nanos = span.nanos;
  const bool negative = whole < 0;
  if (negative && (rest != 0 || nanos != 0)) {
    // -1 day and +1 hour is -(23 hours)
    const Magnitude size = magnitude(rest - kDay, static_cast<int32_t>(nanos));
    ++whole;
    rest = static_cast<int64_t>(size.seconds);
    nanos = size.nanos;
  }
  days = negative ? ~static_cast<uint64_t>(whole) + 1 : static_cast<uint64_t>(whole);
  return (negative ? "-" : "") + std::to_string(days) + " " + clock(rest) +
         fraction(nanos, 9, digits);
}

}  // namespace fletching
