// SPDX-License-Identifier: Apache-2.0
#include "fletching/row_options.h"

#include "driver/option_values.h"

namespace fletching {

Nanoseconds parse_nanoseconds(std::string_view name, std::string_view value) {
  return one_of<Nanoseconds>(name, value,
                             {{"exact", Nanoseconds::kExact},
                              {"truncate", Nanoseconds::kTruncate},
                              {"error", Nanoseconds::kError}});
}

OutOfRange parse_out_of_range(std::string_view name, std::string_view value) {
  return one_of<OutOfRange>(
      name, value, {{"error", OutOfRange::kError}, {"text", OutOfRange::kText}});
}

Maps parse_maps(std::string_view name, std::string_view value) {
  return one_of<Maps>(name, value, {{"dict", Maps::kDict}, {"pairs", Maps::kPairs}});
}

}  // namespace fletching
