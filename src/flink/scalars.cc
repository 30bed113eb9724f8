// SPDX-License-Identifier: Apache-2.0
#include "flink/scalars.h"

#include <array>
#include <charconv>
#include <limits>

#include "flink/civil.h"

namespace fletching::flink {
namespace {

constexpr std::array<int64_t, 10> kPowers = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

int64_t power(int digits) { return kPowers[static_cast<size_t>(digits)]; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool same_word(std::string_view text, std::string_view capitals) noexcept {
  if (text.size() != capitals.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & ~0x20) != capitals[i]) return false;
  }
  return true;
}

// Exactly `size` digits at `at`, or -1.
int digits_at(std::string_view text, size_t at, size_t size) noexcept {
  int value = 0;
  for (size_t i = at; i < at + size; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "YYYY-MM-DD" at the start of a text of at least 10; false for what is no date.
bool date_at(std::string_view text, int64_t& days) noexcept {
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || text[4] != '-' ||
      text[7] != '-' || day > days_in_month(year, month)) {
    return false;
  }
  days = days_of(year, month, day);
  return true;
}

// "HH:MM:SS" at `at`, of a text that is long enough.
bool clock_at(std::string_view text, size_t at, int64_t& seconds) noexcept {
  const int hour = digits_at(text, at, 2);
  const int minute = digits_at(text, at + 3, 2);
  const int second = digits_at(text, at + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
      text[at + 2] != ':' || text[at + 5] != ':') {
    return false;
  }
  seconds = hour * 3600 + minute * 60 + second;
  return true;
}

enum class Fraction : uint8_t { kGood, kNone, kTooFine };

// ".123" from `at` to the end as a count of 10^-digits; nothing is 0.
Fraction fraction_at(std::string_view text, size_t at, int digits,
                     int64_t& count) noexcept {
  count = 0;
  if (at == text.size()) return Fraction::kGood;
  const size_t size = text.size() - at - 1;
  if (text[at] != '.' || size == 0 || size > 9) return Fraction::kNone;
  const int value = digits_at(text, at + 1, size);
  if (value < 0) return Fraction::kNone;
  const int dropped = static_cast<int>(size) - digits;
  if (dropped <= 0) {
    count = value * power(-dropped);
    return Fraction::kGood;
  }
  count = value / power(dropped);
  return value % power(dropped) == 0 ? Fraction::kGood : Fraction::kTooFine;
}

void check_fraction(Fraction is, std::string_view text, const char* is_no) {
  if (is == Fraction::kNone) bad_text(text, is_no);
  if (is == Fraction::kTooFine) {
    bad_text(text, "time of this precision (it has more digits of a second)");
  }
}

template <class Float>
Float read_floating(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<Float>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<Float>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<Float>::infinity();
  Float value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  // from_chars also takes "inf" and "nan(x)".
  if (read.ptr != end || text.empty() ||
      !(is_digit(text.back()) || text.back() == '.')) {
    bad_text(text, "number");
  }
  if (read.ec == std::errc::result_out_of_range) {
    bad_text(text, "number that this type holds");
  }
  if (read.ec != std::errc()) bad_text(text, "number");
  return value;
}

// Bounds of what 38 digits may be.
constexpr Int128 ten_to(int32_t exponent) noexcept {
  Int128 value = 1;
  for (; exponent > 0; --exponent) value *= 10;
  return value;
}

struct DecimalText {
  bool negative = false;
  Int128 digits = 0;
  int64_t exponent = 0;  // of the last digit
  bool too_long = false;
};

// [+-]ddd[.ddd][E[+-]dd]
DecimalText scan_decimal(std::string_view text) {
  DecimalText found;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
    found.negative = text[at++] == '-';
  }
  int32_t significant = 0;
  bool any = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(text[at])) break;
    any = true;
    if (found.digits == 0 && text[at] == '0') {
      if (point) --found.exponent;
      continue;
    }
    if (++significant > 38) {
      // Zeros after the point add nothing; anything else is too much.
      if (text[at] != '0' || !point) found.too_long = true;
      continue;
    }
    found.digits = found.digits * 10 + (text[at] - '0');
    if (point) --found.exponent;
  }
  if (!any) bad_text(text, "decimal number");
  if (at < text.size()) {
    if (text[at] != 'E' && text[at] != 'e') bad_text(text, "decimal number");
    std::string_view exponent = text.substr(at + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int32_t value = 0;
    const char* end = exponent.data() + exponent.size();
    const auto read = std::from_chars(exponent.data(), end, value);
    if (exponent.empty() || read.ec != std::errc() || read.ptr != end) {
      bad_text(text, "decimal number");
    }
    found.exponent += value;
  }
  return found;
}

int8_t hex_digit(char c) noexcept {
  if (is_digit(c)) return static_cast<int8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<int8_t>(c - 'A' + 10);
  return -1;
}

int8_t base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<int8_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<int8_t>(c - 'a' + 26);
  if (is_digit(c)) return static_cast<int8_t>(c - '0' + 52);
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

void bad_text(std::string_view text, const char* is_no) {
  constexpr size_t kShown = 60;
  std::string shown(text.substr(0, kShown));
  while (!shown.empty() && text.size() > kShown && (shown.back() & 0x80) != 0) {
    shown.pop_back();  // no half character
  }
  throw BadValue{"the text '" + shown + (text.size() > kShown ? "...'" : "'") +
                 " is no " + is_no};
}

int64_t read_integer(std::string_view text, int64_t least, int64_t most) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ptr != end || read.ec == std::errc::invalid_argument || text.empty()) {
    bad_text(text, "integer");
  }
  if (read.ec != std::errc() || value < least || value > most) {
    bad_text(text, "integer that this type holds");
  }
  return value;
}

bool read_boolean(std::string_view text) {
  if (same_word(text, "TRUE")) return true;
  if (same_word(text, "FALSE")) return false;
  bad_text(text, "boolean");
}

float read_float(std::string_view text) { return read_floating<float>(text); }
double read_double(std::string_view text) { return read_floating<double>(text); }

Int128 read_decimal(std::string_view text, int32_t precision, int32_t scale) {
  const DecimalText found = scan_decimal(text);
  Int128 value = found.digits;
  int64_t shift = found.exponent + scale;
  if (found.too_long) bad_text(text, "decimal number that this type holds");
  for (; shift > 0 && value != 0; --shift) {
    if (value >= ten_to(37)) bad_text(text, "decimal number that this type holds");
    value *= 10;
  }
  for (; shift < 0 && value != 0; ++shift) {
    if (value % 10 != 0) {
      bad_text(text, "decimal number of this scale (it has more digits)");
    }
    value /= 10;
  }
  if (value >= ten_to(precision)) bad_text(text, "decimal number that this type holds");
  return found.negative ? -value : value;
}

int32_t read_date(std::string_view text) {
  int64_t days = 0;
  if (text.size() != 10 || !date_at(text, days)) bad_text(text, "date");
  return static_cast<int32_t>(days);
}

int64_t read_time(std::string_view text, int digits) {
  int64_t seconds = 0;
  int64_t fraction = 0;
  if (text.size() < 8 || !clock_at(text, 0, seconds)) bad_text(text, "time of day");
  check_fraction(fraction_at(text, 8, digits, fraction), text, "time of day");
  return seconds * power(digits) + fraction;
}

Instant read_timestamp(std::string_view text, int digits) {
  int64_t days = 0;
  int64_t seconds = 0;
  Instant instant{};
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T') ||
      !date_at(text, days) || !clock_at(text, 11, seconds)) {
    bad_text(text, "timestamp");
  }
  check_fraction(fraction_at(text, 19, digits, instant.fraction), text, "timestamp");
  instant.seconds = days * kDaySeconds + seconds;
  return instant;
}

int64_t counted(const Instant& instant, int digits) {
  int64_t count = 0;
  if (__builtin_mul_overflow(instant.seconds, power(digits), &count) ||
      __builtin_add_overflow(count, instant.fraction, &count)) {
    throw BadValue{
        "the timestamp lies outside of what nanoseconds reach, 1677 to 2262 (select "
        "CAST(... AS TIMESTAMP(6)) or, for an instant, AS TIMESTAMP_LTZ(6))"};
  }
  return count;
}

int64_t read_local(std::string_view text, int digits, Zone& zone) {
  Instant instant = read_timestamp(text, digits);
  int64_t utc = 0;
  switch (zone.to_utc(instant.seconds, utc)) {
    case Zone::Answer::kOnce:
      break;
    case Zone::Answer::kTwice:
      throw BadValue{"the local time '" + std::string(text) + "' came twice in " +
                     zone.name() +
                     ", as clocks were put back (run the statement with the local time "
                     "zone UTC)"};
    case Zone::Answer::kNever:
      throw BadValue{"the local time '" + std::string(text) + "' never came in " +
                     zone.name() +
                     ", as clocks were put forward (is that the session's zone?)"};
  }
  instant.seconds = utc;
  return counted(instant, digits);
}

int32_t read_year_month(std::string_view text) {
  const size_t dash = text.find('-', 1);
  if (dash == std::string_view::npos || (text[0] != '+' && text[0] != '-') ||
      dash == 1 || dash > 10 || dash + 1 == text.size() || text.size() - dash > 3) {
    bad_text(text, "interval of years and months");
  }
  const int years = digits_at(text, 1, dash - 1);
  const int months = digits_at(text, dash + 1, text.size() - dash - 1);
  if (years < 0 || months < 0 || months > 11 || years > 100'000'000) {
    bad_text(text, "interval of years and months");
  }
  const int sum = years * 12 + months;
  return text[0] == '-' ? -sum : sum;
}

int64_t read_day_time(std::string_view text, int digits) {
  constexpr const char* kWhat = "interval of days and seconds";
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos || (text[0] != '+' && text[0] != '-') ||
      blank == 1 || blank > 10 || text.size() < blank + 9) {
    bad_text(text, kWhat);
  }
  const int days = digits_at(text, 1, blank - 1);
  int64_t seconds = 0;
  int64_t fraction = 0;
  if (days < 0 || !clock_at(text, blank + 1, seconds)) bad_text(text, kWhat);
  check_fraction(fraction_at(text, blank + 9, digits, fraction), text, kWhat);
  int64_t count = 0;
  if (__builtin_mul_overflow(days * kDaySeconds + seconds, power(digits), &count) ||
      __builtin_add_overflow(count, fraction, &count)) {
    bad_text(text, "interval that 64 bits of its unit hold");
  }
  return text[0] == '-' ? -count : count;
}

void read_hex(std::string_view text, std::string& out) {
  if (text.size() < 3 || text.size() % 2 == 0 || text[0] != 'x' || text[1] != '\'' ||
      text.back() != '\'') {
    bad_text(text, "bytes (x'00ff')");
  }
  for (size_t i = 2; i + 1 < text.size(); i += 2) {
    const int8_t high = hex_digit(text[i]);
    const int8_t low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) bad_text(text, "bytes (x'00ff')");
    out += static_cast<char>(high << 4 | low);
  }
}

void read_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) bad_text(text, "base64");
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    int padding = 0;
    if (last && text[i + 3] == '=') padding = text[i + 2] == '=' ? 2 : 1;
    uint32_t bits = 0;
    for (size_t k = 0; k < 4; ++k) {
      const bool pad = static_cast<int>(k) >= 4 - padding;
      const int8_t digit = pad ? int8_t{0} : base64_digit(text[i + k]);
      if (digit < 0) bad_text(text, "base64");
      bits = bits << 6 | static_cast<uint32_t>(digit);
    }
    if ((padding == 1 && (bits & 0xff) != 0) ||
        (padding == 2 && (bits & 0xffff) != 0)) {
      bad_text(text, "base64");
    }
    for (int k = 0; k < 3 - padding; ++k) {
      out += static_cast<char>(bits >> (16 - 8 * k) & 0xff);
    }
  }
}

}  // namespace fletching::flink
