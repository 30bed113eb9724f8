// SPDX-License-Identifier: Apache-2.0
#include "render/record.h"

#include <algorithm>
#include <cstdio>

#include "fletching/error.h"
#include "render/table.h"

namespace fletching::render {
namespace {

void check(ArrowErrorCode code) {
  if (code != NANOARROW_OK) throw Error(Code::kInternal, "output: no memory");
}

ArrowStringView view_of(const std::string& text) {
  return {text.data(), static_cast<int64_t>(text.size())};
}

size_t kind_of(const Records& records, size_t column) {
  for (const auto& row : records.rows) {
    if (row[column].index() != 0) return row[column].index();
  }
  return 1;
}

void set_type(ArrowSchema* out, size_t kind) {
  switch (kind) {
    case 2:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_BOOL));
    case 3:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT64));
    case 4:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_DOUBLE));
    case 5:
      check(ArrowSchemaSetType(out, NANOARROW_TYPE_LIST));
      return check(ArrowSchemaSetType(out->children[0], NANOARROW_TYPE_STRING));
    default:
      return check(ArrowSchemaSetType(out, NANOARROW_TYPE_STRING));
  }
}

struct Appender {
  ArrowArray* out;

  void operator()(std::monostate) const { check(ArrowArrayAppendNull(out, 1)); }
  void operator()(const std::string& text) const {
    check(ArrowArrayAppendString(out, view_of(text)));
  }
  void operator()(bool value) const { check(ArrowArrayAppendInt(out, value ? 1 : 0)); }
  void operator()(int64_t value) const { check(ArrowArrayAppendInt(out, value)); }
  void operator()(double value) const { check(ArrowArrayAppendDouble(out, value)); }
  void operator()(const std::vector<std::string>& texts) const {
    for (const std::string& text : texts) {
      check(ArrowArrayAppendString(out->children[0], view_of(text)));
    }
    check(ArrowArrayFinishElement(out));
  }
};

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

UniqueSchema Records::schema() const {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  check(ArrowSchemaSetTypeStruct(out.get(), static_cast<int64_t>(columns.size())));
  for (size_t i = 0; i < columns.size(); ++i) {
    set_type(out->children[i], kind_of(*this, i));
    check(ArrowSchemaSetName(out->children[i], columns[i].c_str()));
  }
  return out;
}

UniqueArray Records::batch() const {
  UniqueArray out;
  const UniqueSchema types = schema();
  check(ArrowArrayInitFromSchema(out.get(), types.get(), nullptr));
  check(ArrowArrayStartAppending(out.get()));
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      std::visit(Appender{out->children[i]}, row[i]);
    }
    check(ArrowArrayFinishElement(out.get()));
  }
  check(ArrowArrayFinishBuildingDefault(out.get(), nullptr));
  return out;
}

std::string value_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "yes" : "no";
  if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  std::string out;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& text : *texts) out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

std::string wrapped(const std::string& text, size_t width, size_t indent) {
  std::string out;
  size_t taken = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const size_t size = display_width(word);
    if (taken > 0 && taken + 1 + size > width) {
      out += '\n' + std::string(indent, ' ');
      taken = 0;
    } else if (taken > 0) {
      out += ' ';
      ++taken;
    }
    out += word;
    taken += size;
    at = end + 1;
  }
  return out;
}

}  // namespace fletching::render
