// SPDX-License-Identifier: Apache-2.0
// How rows show values that Python's own types cannot hold.
#pragma once

#include <cstdint>

namespace fletching::python {

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

}  // namespace fletching::python
