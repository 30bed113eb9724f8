// SPDX-License-Identifier: Apache-2.0
// Types as the servers' JSON has them.
#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "fletching/error.h"
#include "flink/roots.h"

namespace fletching::flink {
namespace {

namespace dom = simdjson::dom;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::kInvalidData, "reading Flink's columns: " + what);
}

std::optional<std::string_view> text(const dom::object& object, const char* name) {
  std::string_view found;
  if (object[name].get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

// The member under the gateway's or Confluent's spelling.
std::optional<dom::element> member(const dom::object& object, const char* camel,
                                   const char* snake) {
  dom::element found;
  if (object[camel].get(found) == simdjson::SUCCESS) return found;
  if (object[snake].get(found) == simdjson::SUCCESS) return found;
  return std::nullopt;
}

int32_t number(const dom::object& object, const char* camel, const char* snake,
               int32_t otherwise, int32_t least, int32_t most) {
  const auto found = member(object, camel, snake);
  if (!found || found->is_null()) return otherwise;
  int64_t value = 0;
  if (found->get(value) != simdjson::SUCCESS || value < least || value > most) {
    refuse("'" + std::string(camel) + "' is no number from " + std::to_string(least) +
           " to " + std::to_string(most));
  }
  return static_cast<int32_t>(value);
}

Type read_type(const dom::element& element, int depth);

Field read_part(const dom::object& object, const char* camel, const char* snake,
                const char* name, int depth) {
  const auto found = member(object, camel, snake);
  if (!found) refuse("a type has no '" + std::string(camel) + "'");
  return {name, read_type(*found, depth + 1), ""};
}

std::vector<Field> read_fields(const dom::object& object, const char* list, int depth) {
  dom::array items;
  if (object[list].get(items) != simdjson::SUCCESS) {
    refuse("a row type has no list '" + std::string(list) + "'");
  }
  std::vector<Field> fields;
  for (const dom::element item : items) {
    dom::object field;
    if (item.get(field) != simdjson::SUCCESS) refuse("a field is no object");
    auto type = member(field, "fieldType", "field_type");
    if (!type) type = member(field, "attributeType", "attribute_type");
    const auto name = text(field, "name");
    if (!name || !type) refuse("a field has no name or no type");
    fields.push_back({std::string(*name), read_type(*type, depth + 1),
                      std::string(text(field, "description").value_or(""))});
  }
  return fields;
}

void read_digits(Type& type, const dom::object& object) {
  const auto precision = [&](int32_t otherwise, int32_t least, int32_t most) {
    type.precision = number(object, "precision", "precision", otherwise, least, most);
  };
  const auto length = [&](int32_t otherwise) {
    type.length = number(object, "length", "length", otherwise, 0, Type::kMaxLength);
  };
  switch (type.root) {
    case Root::kChar:
    case Root::kBinary:
      return length(1);
    case Root::kVarchar:
    case Root::kVarbinary:
      return length(Type::kMaxLength);
    case Root::kDecimal:
      precision(10, 1, kMaxDecimal);
      type.scale = number(object, "scale", "scale", 0, 0, type.precision);
      return;
    case Root::kTime:
      return precision(0, 0, kMaxFraction);
    case Root::kTimestamp:
    case Root::kTimestampLtz:
      return precision(6, 0, kMaxFraction);
    case Root::kIntervalYearMonth:
    case Root::kIntervalDayTime:
      precision(2, 0, kMaxFraction);
      type.fractional_precision =
          number(object, "fractionalPrecision", "fractional_precision",
                 type.root == Root::kIntervalDayTime ? 6 : 0, 0, kMaxFraction);
      type.resolution = text(object, "resolution").value_or("");
      return;
    default:
      return;
  }
}

void read_parts(Type& type, const dom::object& object, int depth) {
  switch (type.root) {
    case Root::kArray:
    case Root::kMultiset:
      type.fields = {
          read_part(object, "elementType", "element_type", "element", depth)};
      return;
    case Root::kMap:
      type.fields = {read_part(object, "keyType", "key_type", "key", depth),
                     read_part(object, "valueType", "value_type", "value", depth)};
      return;
    case Root::kRow:
      type.fields = read_fields(object, "fields", depth);
      return;
    case Root::kStructured: {
      const bool attributes = object["attributes"].error() == simdjson::SUCCESS;
      type.fields = read_fields(object, attributes ? "attributes" : "fields", depth);
      type.name =
          text(object, "class_name").value_or(text(object, "className").value_or(""));
      return;
    }
    default:
      return;
  }
}

Type read_type(const dom::element& element, int depth) {
  if (depth > kMaxTypeDepth) refuse("a type is nested more than 64 deep");
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) refuse("a type is no object");
  const auto name = text(object, "type");
  if (!name) refuse("a type has no text 'type'");
  Type type;
  type.root = root_of(*name);
  if (type.root == Root::kOther) type.name = *name;
  bool nullable = true;
  if (object["nullable"].get(nullable) == simdjson::SUCCESS) type.nullable = nullable;
  read_digits(type, object);
  read_parts(type, object, depth);
  return type;
}

Field read_column(const dom::element& element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) refuse("a column is no object");
  const auto name = text(object, "name");
  const auto type = member(object, "logicalType", "type");
  if (!name || !type) refuse("a column has no name or no type");
  auto comment = text(object, "comment");
  if (!comment) comment = text(object, "description");
  return {std::string(*name), read_type(*type, 0), std::string(comment.value_or(""))};
}

dom::element parse(dom::parser& parser, std::string_view json) {
  dom::element root;
  const auto error = parser.parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) {
    refuse(std::string("they are no JSON (") + simdjson::error_message(error) + ")");
  }
  return root;
}

}  // namespace

Type parse_type_json(std::string_view json) {
  dom::parser parser;
  return read_type(parse(parser, json), 0);
}

Columns parse_columns_json(std::string_view json) {
  dom::parser parser;
  dom::element root = parse(parser, json);
  dom::element inside;
  if (root["columns"].get(inside) == simdjson::SUCCESS) root = inside;
  dom::array items;
  if (root.get(items) != simdjson::SUCCESS) refuse("they are no list");
  Columns columns;
  for (const dom::element item : items) columns.push_back(read_column(item));
  return columns;
}

}  // namespace fletching::flink
