// SPDX-License-Identifier: Apache-2.0
#include "flink/json.h"

namespace fletching::flink {

std::string_view extent_of(std::string_view rest) noexcept {
  int64_t depth = 0;
  bool text = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (text) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        text = false;
        if (depth == 0) return rest.substr(0, i + 1);
      }
      continue;
    }
    if (c == '"') {
      text = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) return rest.substr(0, i + 1);
      if (depth < 0) return rest.substr(0, i);
    } else if (depth == 0 && c == ',') {
      return rest.substr(0, i);
    }
  }
  return rest;
}

}  // namespace fletching::flink
