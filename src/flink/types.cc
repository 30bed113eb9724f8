// SPDX-License-Identifier: Apache-2.0
#include "flink/types.h"

#include <array>
#include <utility>

#include "fletching/error.h"
#include "flink/roots.h"

namespace fletching::flink {
namespace {

using Names = std::array<std::string_view, static_cast<size_t>(Root::kOther)>;

// Indexed by Root.
constexpr Names kNames = {"NULL",
                          "BOOLEAN",
                          "TINYINT",
                          "SMALLINT",
                          "INTEGER",
                          "BIGINT",
                          "FLOAT",
                          "DOUBLE",
                          "DECIMAL",
                          "CHAR",
                          "VARCHAR",
                          "BINARY",
                          "VARBINARY",
                          "DATE",
                          "TIME_WITHOUT_TIME_ZONE",
                          "TIMESTAMP_WITHOUT_TIME_ZONE",
                          "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
                          "INTERVAL_YEAR_MONTH",
                          "INTERVAL_DAY_TIME",
                          "ARRAY",
                          "MULTISET",
                          "MAP",
                          "ROW",
                          "STRUCTURED_TYPE",
                          "VARIANT"};

// Other names that servers and people use for the same.
constexpr std::pair<std::string_view, Root> kAliases[] = {
    {"INT", Root::kInteger},
    {"DEC", Root::kDecimal},
    {"NUMERIC", Root::kDecimal},
    {"STRING", Root::kVarchar},
    {"BYTES", Root::kVarbinary},
    {"DOUBLE PRECISION", Root::kDouble},
    {"TIME", Root::kTime},
    {"TIMESTAMP", Root::kTimestamp},
    {"TIMESTAMP_LTZ", Root::kTimestampLtz},
    {"INTERVAL YEAR TO MONTH", Root::kIntervalYearMonth},
    {"INTERVAL DAYS TO SECOND", Root::kIntervalDayTime},
    {"INTERVAL DAY TO SECOND", Root::kIntervalDayTime},
};

const Type& part(const Type& type, size_t index) {
  if (index < type.fields.size()) return type.fields[index].type;
  throw Error(Code::kInternal, "a Flink type has no such part");
}

std::string in_parentheses(int32_t number) {
  return "(" + std::to_string(number) + ")";
}

std::string quoted(std::string_view name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? std::string(2, c) : std::string(1, c);
  return text + "`";
}

std::string nested(const Type& type) {
  return sql_text(type) + (type.nullable ? "" : " NOT NULL");
}

std::string row_text(const Type& type) {
  std::string text = "ROW<";
  for (size_t i = 0; i < type.fields.size(); ++i) {
    if (i != 0) text += ", ";
    text += quoted(type.fields[i].name) + " " + nested(type.fields[i].type);
  }
  return text + ">";
}

// "DAY_TO_SECOND" -> "INTERVAL DAY(2) TO SECOND(3)"
std::string interval_text(const Type& type) {
  const bool months = type.root == Root::kIntervalYearMonth;
  const std::string resolution = !type.resolution.empty() ? type.resolution
                                 : months                 ? "YEAR_TO_MONTH"
                                                          : "DAY_TO_SECOND";
  const size_t to = resolution.find("_TO_");
  const std::string first = resolution.substr(0, to);
  const std::string last =
      to == std::string::npos ? std::string() : resolution.substr(to + 4);
  std::string text = "INTERVAL " + first;
  if ((first == "YEAR" || first == "DAY") && type.precision > 0) {
    text += in_parentheses(type.precision);
  }
  if (!last.empty()) text += " TO " + last;
  if ((last.empty() ? first : last) == "SECOND") {
    text += in_parentheses(type.fractional_precision);
  }
  return text;
}

}  // namespace

const Type& Type::element() const { return part(*this, 0); }
const Type& Type::key() const { return part(*this, 0); }
const Type& Type::value() const { return part(*this, 1); }

std::string_view root_name(const Type& type) {
  return type.root == Root::kOther ? std::string_view(type.name)
                                   : kNames[static_cast<size_t>(type.root)];
}

Root root_of(std::string_view name) noexcept {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Root>(i);
  }
  for (const auto& [alias, root] : kAliases) {
    if (alias == name) return root;
  }
  return Root::kOther;
}

std::string sql_text(const Type& type) {
  switch (type.root) {
    case Root::kInteger:
      return "INT";
    case Root::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision) + ", " +
             std::to_string(type.scale) + ")";
    case Root::kChar:
    case Root::kBinary:
      return std::string(root_name(type)) + in_parentheses(type.length);
    case Root::kVarchar:
      return type.length == Type::kMaxLength ? "STRING"
                                             : "VARCHAR" + in_parentheses(type.length);
    case Root::kVarbinary:
      return type.length == Type::kMaxLength
                 ? "BYTES"
                 : "VARBINARY" + in_parentheses(type.length);
    case Root::kTime:
      return "TIME" + in_parentheses(type.precision);
    case Root::kTimestamp:
      return "TIMESTAMP" + in_parentheses(type.precision);
    case Root::kTimestampLtz:
      return "TIMESTAMP_LTZ" + in_parentheses(type.precision);
    case Root::kIntervalYearMonth:
    case Root::kIntervalDayTime:
      return interval_text(type);
    case Root::kArray:
    case Root::kMultiset:
      return std::string(root_name(type)) + "<" + nested(type.element()) + ">";
    case Root::kMap:
      return "MAP<" + nested(type.key()) + ", " + nested(type.value()) + ">";
    case Root::kRow:
      return row_text(type);
    case Root::kStructured:
      return type.name.empty() ? row_text(type) : type.name;
    default:
      return std::string(root_name(type));
  }
}

}  // namespace fletching::flink
