// SPDX-License-Identifier: Apache-2.0
// Which types a gateway's row formats determine.
//
// JSON has objects for maps, so keys must be text, and none for VARIANT: the gateway
// answers 500 to both. A ROW is an object too, in which a name can stand but once.
// PLAIN_TEXT prints what is nested without quotes: text inside of it may hold anything
// that stands around it, "NULL" too.
#include <algorithm>

#include "fletching/error.h"
#include "flink/page_decoder.h"

namespace fletching::flink {
namespace {

bool is_text(const Type& type) {
  return type.root == Root::kChar || type.root == Root::kVarchar;
}

bool has_duplicate_names(const Type& row) {
  for (size_t i = 0; i < row.fields.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (row.fields[i].name == row.fields[k].name) return true;
    }
  }
  return false;
}

// Why JSON has no place for it; empty: it has.
std::string not_in_json(const Type& type) {
  if (type.root == Root::kVariant) return "JSON has no place for a VARIANT";
  if (type.root == Root::kMap && !is_text(type.key())) {
    return "JSON has no place for keys of type " + sql_text(type.key());
  }
  if (type.root == Root::kMultiset && !is_text(type.element())) {
    return "JSON has no place for elements of type " + sql_text(type.element());
  }
  if (type.root == Root::kRow && has_duplicate_names(type)) {
    return "JSON has no place for two fields of one name";
  }
  for (const Field& part : type.fields) {
    if (std::string why = not_in_json(part.type); !why.empty()) return why;
  }
  return {};
}

// Inside of a nested value.
bool is_ambiguous(const Type& type) {
  if (is_text(type) || type.root == Root::kVariant || type.root == Root::kStructured) {
    return true;
  }
  return std::any_of(type.fields.begin(), type.fields.end(),
                     [](const Field& part) { return is_ambiguous(part.type); });
}

std::string not_in_plain_text(const Type& type) {
  for (const Field& part : type.fields) {
    if (is_ambiguous(part.type)) {
      return "PLAIN_TEXT writes the text inside of it without quotes";
    }
  }
  return {};
}

// The type with what JSON cannot hold made text.
Type castable(Type type) {
  Type text;
  text.root = Root::kVarchar;
  text.nullable = type.nullable;
  if (type.root == Root::kVariant) return text;
  const bool keyed = type.root == Root::kMap || type.root == Root::kMultiset;
  for (size_t i = 0; i < type.fields.size(); ++i) {
    Type& part = type.fields[i].type;
    if (keyed && i == 0 && !is_text(part)) {
      text.nullable = part.nullable;
      part = text;
    } else {
      part = castable(part);
    }
    for (size_t k = 0; k < i && type.root == Root::kRow; ++k) {
      if (type.fields[k].name == type.fields[i].name) {
        type.fields[i].name += "_" + std::to_string(i + 1);
      }
    }
  }
  return type;
}

std::string in_backquotes(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted += c == '`' ? std::string(2, c) : std::string(1, c);
  return quoted + "`";
}

std::string advice(const Field& column) {
  const std::string name = in_backquotes(column.name);
  if (column.type.root == Root::kVariant) return "JSON_STRING(" + name + ")";
  if (not_in_json(column.type).empty()) return {};
  return "CAST(" + name + " AS " + sql_text(castable(column.type)) + ")";
}

std::string label(const Columns& columns, size_t at) {
  return "column " + std::to_string(at + 1) + " '" + columns[at].name + "' (" +
         sql_text(columns[at].type) + ")";
}

// Of the columns that keep JSON from being used.
std::string what_to_do(const Columns& columns, Encoding encoding) {
  std::string casts;
  for (const Field& column : columns) {
    const std::string cast = advice(column);
    if (!cast.empty()) casts += (casts.empty() ? "" : ", ") + cast;
  }
  if (casts.empty()) return "read it with rowFormat=JSON";
  if (encoding == Encoding::kGatewayJson) {
    return "read it with rowFormat=PLAIN_TEXT, or select " + casts;
  }
  return "select " + casts + ", so that JSON can hold all columns";
}

}  // namespace

std::vector<Undetermined> undetermined_columns(const Columns& columns,
                                               Encoding encoding) {
  std::vector<Undetermined> found;
  if (encoding == Encoding::kConfluent) return found;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Type& type = columns[i].type;
    const std::string why = encoding == Encoding::kGatewayJson
                                ? not_in_json(type)
                                : not_in_plain_text(type);
    if (why.empty()) continue;
    found.push_back({i, label(columns, i) +
                            ": the gateway's result does not say its "
                            "values: " +
                            why + " (" + what_to_do(columns, encoding) + ")"});
  }
  return found;
}

void check_determined(const Columns& columns, Encoding encoding) {
  const auto found = undetermined_columns(columns, encoding);
  if (found.empty()) return;
  throw Error(Code::kNotImplemented, "reading the result: " + found.front().what);
}

}  // namespace fletching::flink
