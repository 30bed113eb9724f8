// SPDX-License-Identifier: Apache-2.0
// How a face that makes objects of rows shows values that its language's own types
// cannot hold (options nanoseconds, out_of_range, maps). Arrow output and the command
// line keep every value as it is and never look here.
#pragma once

#include <cstdint>
#include <string_view>

namespace fletching {

enum class Nanoseconds : uint8_t {
  kExact,     // columns of nanoseconds give fletching.Timestamp, Time, Duration
  kTruncate,  // plain datetime, time, timedelta; what is below a microsecond is cut
  kError,     // plain types; DataError where something would be cut
};
enum class OutOfRange : uint8_t {
  kError,  // DataError naming row and column
  kText,   // ISO 8601 text
};
enum class Maps : uint8_t {
  kDict,   // a dict where the key is scalar; DataError on a key that comes twice
  kPairs,  // always a list of (key, value)
};

struct RowOptions {
  Nanoseconds nanoseconds = Nanoseconds::kExact;
  OutOfRange out_of_range = OutOfRange::kError;
  Maps maps = Maps::kDict;
};

// From their texts; name is the option's, for the message. Each throws kInvalidArgument
// saying what it may be.
[[nodiscard]] Nanoseconds parse_nanoseconds(std::string_view name,
                                            std::string_view value);
[[nodiscard]] OutOfRange parse_out_of_range(std::string_view name,
                                            std::string_view value);
[[nodiscard]] Maps parse_maps(std::string_view name, std::string_view value);

}  // namespace fletching
