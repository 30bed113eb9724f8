// SPDX-License-Identifier: Apache-2.0
// The texts of scalar values: what Flink's casts to STRING make (Confluent, the
// gateway's PLAIN_TEXT) and its JSON (ISO times, numbers). Strict: what these servers
// do not write is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "flink/zone.h"

namespace fletching::flink {

// Why a text is none of its type: "the text 'oops' is no integer".
struct BadValue {
  std::string what;
};
[[noreturn]] void bad_text(std::string_view text, const char* is_no);

using Int128 = __int128;

// Signed decimal digits within [least, most].
[[nodiscard]] int64_t read_integer(std::string_view text, int64_t least, int64_t most);
[[nodiscard]] bool read_boolean(std::string_view text);  // TRUE, false in any case
// Number texts of Java (1.0E300), NaN, Infinity, -Infinity; nearest, halves to even.
[[nodiscard]] float read_float(std::string_view text);
[[nodiscard]] double read_double(std::string_view text);
// The value times 10^scale, exactly: "123.40", "1E+2". Refuses digits beyond the scale
// and more than `precision` digits in all.
[[nodiscard]] Int128 read_decimal(std::string_view text, int32_t precision,
                                  int32_t scale);

// All of these may have years 0000 to 9999.
[[nodiscard]] int32_t read_date(std::string_view text);  // days since 1970
// HH:MM:SS[.f] as a count of 10^-digits seconds; refuses digits that the unit drops.
[[nodiscard]] int64_t read_time(std::string_view text, int digits);
// "2024-01-02 03:04:05.123" or with T, as seconds since 1970 and a count of 10^-digits.
struct Instant {
  int64_t seconds;
  int64_t fraction;
};
[[nodiscard]] Instant read_timestamp(std::string_view text, int digits);
// seconds * 10^digits + fraction; refuses what 64 bits do not hold.
[[nodiscard]] int64_t counted(const Instant& instant, int digits);
// The same for local time of a zone, as UTC.
[[nodiscard]] int64_t read_local(std::string_view text, int digits, Zone& zone);

[[nodiscard]] int32_t read_year_month(std::string_view text);  // "+1-02" as months
// "-1 02:03:04.005" as a count of 10^-digits seconds.
[[nodiscard]] int64_t read_day_time(std::string_view text, int digits);

// Appends the bytes of x'00ff', or of base64 with padding.
void read_hex(std::string_view text, std::string& out);
void read_base64(std::string_view text, std::string& out);

}  // namespace fletching::flink
