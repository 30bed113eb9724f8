// SPDX-License-Identifier: Apache-2.0
// Dates, times and durations as ISO 8601 text, exact for every 64-bit count.
#pragma once

#include <cstdint>
#include <string>

namespace fletching::render {

// Days since 1970-01-01 in the proleptic Gregorian calendar.
void append_date(std::string& out, int64_t days);
// A count since midnight of `per_second` units (1, 1,000, 1,000,000 or 1,000,000,000);
// the fraction has the unit's digits, and is left out when zero.
void append_time(std::string& out, int64_t count, int64_t per_second);
// A count since the epoch, date and time separated by `separator`.
void append_timestamp(std::string& out, int64_t count, int64_t per_second,
                      char separator);
// Seconds with their fraction, for example -1.500s.
void append_duration(std::string& out, int64_t count, int64_t per_second);

}  // namespace fletching::render
