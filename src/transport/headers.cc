// SPDX-License-Identifier: Apache-2.0
#include "transport/headers.h"

#include <algorithm>

#include "fletching/error.h"

namespace fletching {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

bool is_value_char(char c) { return c >= 0x20 && c < 0x7f; }

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers,
                                            std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return std::string_view(value);
  }
  return std::nullopt;
}

bool is_binary_header(std::string_view name) noexcept { return name.ends_with("-bin"); }

void check_headers(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) {
      throw Error(Code::kInvalidArgument,
                  "header '" + name +
                      "': not a valid name (use lower-case letters, digits, '-', '_' "
                      "and '.')");
    }
    if (!is_binary_header(name) &&
        !std::all_of(value.begin(), value.end(), is_value_char)) {
      throw Error(Code::kInvalidArgument,
                  "header '" + name +
                      "': its value has characters other than printable ASCII (a name "
                      "ending in -bin may carry any bytes)");
    }
  }
}

}  // namespace fletching
