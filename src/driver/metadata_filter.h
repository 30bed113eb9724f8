// SPDX-License-Identifier: Apache-2.0
// Judges rows of metadata by the filters of the request, because servers ignore or
// misread them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "driver/metadata_like.h"

namespace fletching {

// ASCII letters alone are taken as equal, as types of tables have no others.
[[nodiscard]] bool same_but_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool contains_but_case(std::string_view text,
                                     std::string_view word) noexcept;

class MetadataFilter {
 public:
  explicit MetadataFilter(const MetadataRequest& request);

  // Columns of metadata_columns(request) that decide, by place.
  [[nodiscard]] const std::vector<size_t>& text_columns() const noexcept {
    return text_columns_;
  }
  // texts: of the columns above, in that order.
  [[nodiscard]] bool keeps(
      const std::vector<std::optional<std::string_view>>& texts) const;
  // number: SqlInfo's info_name, XdbcTypeInfo's data_type.
  [[nodiscard]] bool keeps_number(std::optional<int64_t> number) const;

 private:
  struct Test {
    enum class Kind : uint8_t {
      kExact,       // "" is a missing one
      kOrUnknown,   // the same, but rows may leave it out
      kPattern,     // NULL counts as ""
      kOneOfTypes,  // whatever the case
    };
    Kind kind;
    std::string exact;
    std::optional<LikePattern> pattern;
  };
  void add(size_t column, Test::Kind kind, const std::optional<std::string>& wanted);
  void add_table(size_t first_column, const TableName& table);
  [[nodiscard]] bool passes(const Test& test,
                            const std::optional<std::string_view>& text) const;

  std::vector<size_t> text_columns_;
  std::vector<Test> tests_;
  std::vector<std::string> types_;
  std::optional<std::unordered_set<int64_t>> numbers_;
};

}  // namespace fletching
