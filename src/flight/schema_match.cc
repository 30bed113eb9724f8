// SPDX-License-Identifier: Apache-2.0
#include "flight/schema_match.h"

#include <string_view>

namespace fletching {
namespace {

std::string_view text_of(const char* text) { return text == nullptr ? "" : text; }

bool names_children(std::string_view format) {
  return format == "+s" || format.starts_with("+u");
}

std::string difference(const ArrowSchema& a, const ArrowSchema& b,
                       const std::string& path) {
  const std::string_view a_format = text_of(a.format);
  const std::string_view b_format = text_of(b.format);
  const std::string at = path.empty() ? "the schema" : "column '" + path + "'";
  if (a_format != b_format) {
    return at + " has the types '" + std::string(a_format) + "' and '" +
           std::string(b_format) + "'";
  }
  if (a.n_children != b.n_children) {
    return at + " has " + std::to_string(a.n_children) + " and " +
           std::to_string(b.n_children) + " fields";
  }
  for (int64_t i = 0; i < a.n_children; ++i) {
    const ArrowSchema& x = *a.children[i];
    const ArrowSchema& y = *b.children[i];
    const std::string x_name(text_of(x.name));
    if (names_children(a_format) && x_name != text_of(y.name)) {
      return at + " names field " + std::to_string(i) + " '" + x_name + "' and '" +
             std::string(text_of(y.name)) + "'";
    }
    auto found = difference(x, y, path.empty() ? x_name : path + "." + x_name);
    if (!found.empty()) return found;
  }
  if ((a.dictionary == nullptr) != (b.dictionary == nullptr)) {
    return at + " is dictionary encoded only once";
  }
  return a.dictionary == nullptr ? "" : difference(*a.dictionary, *b.dictionary, path);
}

}  // namespace

std::string schema_difference(const ArrowSchema& a, const ArrowSchema& b) {
  return difference(a, b, "");
}

bool has_metadata(const ArrowSchema& schema) {
  if (schema.metadata != nullptr) return true;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (has_metadata(*schema.children[i])) return true;
  }
  return false;
}

}  // namespace fletching
