// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_filter.h"

#include <strings.h>

#include <algorithm>

namespace fletching {

bool same_but_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool contains_but_case(std::string_view text, std::string_view word) noexcept {
  for (size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (same_but_case(text.substr(at, word.size()), word)) return true;
  }
  return false;
}

MetadataFilter::MetadataFilter(const MetadataRequest& request) {
  using Kind = MetadataRequest::Kind;
  switch (request.kind) {
    case Kind::kDbSchemas:
      add(0, Test::Kind::kExact, request.catalog);
      add(1, Test::Kind::kPattern, request.schema_pattern);
      break;
    case Kind::kTables:
      add(0, Test::Kind::kExact, request.catalog);
      add(1, Test::Kind::kPattern, request.schema_pattern);
      add(2, Test::Kind::kPattern, request.table_pattern);
      types_ = request.table_types;
      if (!types_.empty()) add(3, Test::Kind::kOneOfTypes, std::string());
      break;
    case Kind::kPrimaryKeys:
    case Kind::kExportedKeys:
      add_table(0, request.table);
      break;
    case Kind::kImportedKeys:
      add_table(4, request.table);
      break;
    case Kind::kCrossReference:
      add_table(0, request.table);
      add_table(4, request.foreign_table);
      break;
    case Kind::kTypeInfo:
      if (request.data_type) numbers_ = {*request.data_type};
      break;
    case Kind::kSqlInfo:
      if (!request.info_ids.empty()) {
        numbers_.emplace(request.info_ids.begin(), request.info_ids.end());
      }
      break;
    case Kind::kCatalogs:
    case Kind::kTableTypes:
      break;
  }
}

void MetadataFilter::add(size_t column, Test::Kind kind,
                         const std::optional<std::string>& wanted) {
  if (!wanted) return;
  text_columns_.push_back(column);
  Test& test = tests_.emplace_back();
  test.kind = kind;
  if (kind == Test::Kind::kPattern) {
    test.pattern.emplace(*wanted);
  } else {
    test.exact = *wanted;
  }
}

void MetadataFilter::add_table(size_t first_column, const TableName& table) {
  add(first_column, Test::Kind::kOrUnknown, table.catalog);
  add(first_column + 1, Test::Kind::kOrUnknown, table.schema);
  add(first_column + 2, Test::Kind::kExact, table.table);
}

bool MetadataFilter::passes(const Test& test,
                            const std::optional<std::string_view>& text) const {
  switch (test.kind) {
    case Test::Kind::kExact:
      return text.value_or("") == test.exact;
    case Test::Kind::kOrUnknown:
      return !text || *text == test.exact;
    case Test::Kind::kPattern:
      return test.pattern->matches(text.value_or(""));
    case Test::Kind::kOneOfTypes:
      return std::any_of(types_.begin(), types_.end(), [&](const std::string& type) {
        return same_but_case(type, text.value_or(""));
      });
  }
  return true;
}

bool MetadataFilter::keeps(
    const std::vector<std::optional<std::string_view>>& texts) const {
  for (size_t i = 0; i < tests_.size(); ++i) {
    if (!passes(tests_[i], texts[i])) return false;
  }
  return true;
}

bool MetadataFilter::keeps_number(std::optional<int64_t> number) const {
  return !numbers_ || (number && numbers_->count(*number) != 0);
}

}  // namespace fletching
