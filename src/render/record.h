// SPDX-License-Identifier: Apache-2.0
// Values that a command has put together itself, printed like the rows of a result.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "arrow/owned.h"

namespace fletching::render {

// monostate: NULL.
using Value = std::variant<std::monostate, std::string, bool, int64_t, double,
                           std::vector<std::string>>;

// Columns and rows of values, as an Arrow batch. A column has the type of its first
// value that is not NULL; one without any is text.
struct Records {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;

  [[nodiscard]] UniqueSchema schema() const;
  [[nodiscard]] UniqueArray batch() const;
};

// The value for people: yes and no, lists with commas; NULL is empty.
[[nodiscard]] std::string value_text(const Value& value);

// Text in lines of at most `width` columns where it has blanks to break at; all lines
// but the first begin with `indent` blanks, which are not counted.
[[nodiscard]] std::string wrapped(const std::string& text, size_t width, size_t indent);

}  // namespace fletching::render
