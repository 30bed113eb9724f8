// SPDX-License-Identifier: Apache-2.0
#include "flink/literal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "backend/sql_literal.h"
#include "backend/sql_temporal.h"
#include "fletching/error.h"
#include "flink/roots.h"
#include "flink/zone.h"

namespace fletching::flink {
namespace {

constexpr Years kYears{1, 9999};
constexpr uint64_t kMostDays = 999;  // Flink 2.3 refuses DAY(4)

[[noreturn]] void no_literal(const std::string& what) {
  throw Error(Code::kNotImplemented, "writing a value as SQL: " + what);
}

// 3, 6 or 9: as many as the fraction needs, at least 6 so that types agree.
int digits_for(int32_t nanos) { return nanos % 1000 == 0 ? 6 : 9; }

std::string moment_text(int64_t seconds, int32_t nanos) {
  // Far beyond every year; the count of nanoseconds would overflow long before.
  const auto whole = timestamp_text(seconds, 0, 0, kYears);
  if (!whole) no_literal("the timestamp lies outside of the years 1 to 9999");
  std::string fraction = std::to_string(nanos);
  fraction.insert(0, 9 - fraction.size(), '0');
  return *whole + "." + fraction.substr(0, static_cast<size_t>(digits_for(nanos)));
}

void check_milliseconds(int32_t nanos, const char* what) {
  if (nanos % 1'000'000 == 0) return;
  no_literal(std::string(what) +
             " would lose digits of its second, Flink keeps milliseconds (round the "
             "value first)");
}

std::string without_zeros(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string()
                                         : std::string(digits.substr(first));
}

std::string in_parentheses(size_t number) { return "(" + std::to_string(number) + ")"; }

}  // namespace

struct LiteralWriter::State {
  std::string& out;
  std::string zone_name;
  std::unique_ptr<Zone> zone;  // once an instant is written

  void cast(const std::string& text, const std::string& type) {
    out += "CAST('" + text + "' AS " + type + ")";
  }
  void decimal_text(const std::string& text, size_t precision, size_t scale) {
    if (precision > static_cast<size_t>(kMaxDecimal)) {
      no_literal("a number of " + std::to_string(precision) +
                 " digits, Flink's DECIMAL keeps 38");
    }
    cast(text,
         "DECIMAL(" + std::to_string(precision) + ", " + std::to_string(scale) + ")");
  }
};

LiteralWriter::LiteralWriter(std::string& out, std::string session_zone)
    : state_(new State{out, std::move(session_zone), nullptr}) {}
LiteralWriter::~LiteralWriter() = default;

void LiteralWriter::null(const Type& type) {
  state_->out += "CAST(NULL AS " + sql_text(type) + ")";
}

void LiteralWriter::boolean(bool value) { state_->out += value ? "TRUE" : "FALSE"; }

void LiteralWriter::integer(bool negative, std::string_view digits) {
  std::string plain = without_zeros(digits);
  if (plain.empty()) {
    state_->out += '0';
    return;
  }
  const std::string text = (negative ? "-" : "") + plain;
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) {
    state_->decimal_text(text, plain.size(), 0);
  } else if (value == INT64_MIN) {  // without its sign it is no BIGINT
    state_->cast(text, "BIGINT");
  } else {
    // 1-(-5): never a comment.
    state_->out += negative ? "(" + text + ")" : text;
  }
}

void LiteralWriter::decimal(bool negative, std::string_view digits, int64_t exponent) {
  std::string plain = without_zeros(digits);
  constexpr int64_t kFar = 1000;
  if (exponent > kFar || exponent < -kFar) {
    no_literal("a number with the exponent " + std::to_string(exponent) +
               ", Flink's DECIMAL keeps 38 digits");
  }
  if (exponent > 0 && !plain.empty()) {
    plain.append(static_cast<size_t>(exponent), '0');
  }
  const auto scale = static_cast<size_t>(std::max<int64_t>(-exponent, 0));
  const size_t precision = std::max({plain.size(), scale, size_t{1}});
  // Without a 0 before the point where all digits are behind it: Flink 2.3 counts it.
  if (plain.size() < scale) plain.insert(0, scale - plain.size(), '0');
  if (plain.empty()) plain = "0";
  if (scale != 0) plain.insert(plain.size() - scale, ".");
  state_->decimal_text((negative ? "-" : "") + plain, precision, scale);
}

void LiteralWriter::floating(double value) {
  if (!std::isfinite(value)) {
    return state_->cast(std::isnan(value) ? "NaN"
                        : value > 0       ? "Infinity"
                                          : "-Infinity",
                        "DOUBLE");
  }
  if (value == 0 && std::signbit(value)) return state_->cast("-0.0", "DOUBLE");
  // With an exponent it is a DOUBLE, without one it would be a DECIMAL.
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  const std::string shortest(text, end.ptr);
  state_->out += value < 0 ? "(" + shortest + ")" : shortest;
}

void LiteralWriter::text(std::string_view utf8) {
  append_text_literal(state_->out, utf8, *find_dialect("flink"));
}

void LiteralWriter::binary(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string& out = state_->out;
  out += "x'";
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[c & 15];
  }
  out += '\'';
}

void LiteralWriter::date(int64_t days) {
  const auto text = date_text(days, kYears);
  if (!text) no_literal("the date lies outside of the years 1 to 9999");
  state_->out += "DATE '" + *text + "'";
}

void LiteralWriter::time(int64_t nanos) {
  check_milliseconds(static_cast<int32_t>(nanos % 1'000'000'000), "a time");
  const auto text = time_text(nanos, 9, nanos % 1'000'000'000 == 0 ? 0 : 3);
  if (!text) no_literal("a time outside of its day");
  state_->out += "TIME '" + *text + "'";
}

void LiteralWriter::timestamp(int64_t seconds, int32_t nanos) {
  state_->out += "TIMESTAMP '" + moment_text(seconds, nanos) + "'";
}

void LiteralWriter::instant(int64_t seconds, int32_t nanos) {
  State& state = *state_;
  const std::string in_utc = moment_text(seconds, nanos);  // within the years
  if (state.zone == nullptr) state.zone = std::make_unique<Zone>(state.zone_name);
  const int64_t local = state.zone->to_local(seconds);
  int64_t back = 0;
  if (state.zone->to_utc(local, back) == Zone::Answer::kOnce) {
    return state.cast(moment_text(local, nanos),
                      "TIMESTAMP_LTZ(" + std::to_string(digits_for(nanos)) + ")");
  }
  // The hour that clocks show twice: only a count names its instant.
  if (nanos % 1'000'000 != 0) {
    no_literal("the instant " + in_utc + " UTC is in an hour that clocks in " +
               state.zone->name() +
               " show twice, where Flink takes milliseconds at most (round it, or set "
               "the session's zone to UTC)");
  }
  state.out +=
      "TO_TIMESTAMP_LTZ(" + std::to_string(seconds * 1000 + nanos / 1'000'000) + ", 3)";
}

void LiteralWriter::year_month(int64_t months) {
  const uint64_t size =
      months < 0 ? -static_cast<uint64_t>(months) : static_cast<uint64_t>(months);
  const std::string years = std::to_string(size / 12);
  if (years.size() > 4) no_literal("an interval of more than 9999 years");
  state_->out += std::string("INTERVAL '") + (months < 0 ? "-" : "") + years + "-" +
                 std::to_string(size % 12) + "' YEAR" +
                 in_parentheses(std::max<size_t>(years.size(), 2)) + " TO MONTH";
}

void LiteralWriter::day_time(int64_t seconds, int32_t nanos) {
  check_milliseconds(nanos, "an interval");
  Span span;
  span.seconds = seconds;
  span.nanos = nanos;
  uint64_t days = 0;
  const std::string text = day_time_text(span, 3, days);
  if (days <= kMostDays) {
    const size_t digits = std::to_string(days).size();
    state_->out += "INTERVAL '" + text + "' DAY" +
                   in_parentheses(std::max<size_t>(digits, 2)) + " TO SECOND(3)";
    return;
  }
  const bool negative = text.front() == '-';
  const std::string count = std::to_string(days);
  state_->out += "(INTERVAL '1' DAY * " + (negative ? "(-" + count + ")" : count) +
                 " + INTERVAL '" + (negative ? "-0" : "0") +
                 text.substr(text.find(' ')) + "' DAY TO SECOND(3))";
}

}  // namespace fletching::flink
