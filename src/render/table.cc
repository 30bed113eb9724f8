// SPDX-License-Identifier: Apache-2.0
#include "render/table.h"

#include <algorithm>
#include <cwchar>
#include <utility>

namespace fletching::render {
namespace {

constexpr size_t kSample = 500;  // rows that decide the widths

// One code point from the front of text; bytes that are no UTF-8 count as one each.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc0 || length > text.size()) {
    text.remove_prefix(1);
    return first < 0x80 ? first : 0xfffd;
  }
  char32_t point = first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  text.remove_prefix(length);
  return point;
}

size_t width_of(char32_t point) {
  const int width = ::wcwidth(static_cast<wchar_t>(point));
  return width < 0 ? 1 : static_cast<size_t>(width);
}

std::string shorten(const std::string& text, size_t most) {
  if (most == 0 || display_width(text) <= most) return text;
  std::string_view rest = text;
  size_t width = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    width += width_of(take_code_point(after));
    if (width > most - 3) break;
    rest = after;
  }
  return text.substr(0, text.size() - rest.size()) + "...";
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += width_of(take_code_point(text));
  return width;
}

std::string printable(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    // C1 controls (U+0080 to U+009F) are two bytes that some terminals obey.
    const bool c1 = u == 0xc2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (text[i] == '\n') {
      out += "\\n";
    } else if (text[i] == '\t') {
      out += "\\t";
    } else if (u < 0x20 || u == 0x7f || c1) {
      const unsigned value = c1 ? static_cast<unsigned char>(text[++i]) : u;
      out += "\\x";
      out += kHex[value >> 4];
      out += kHex[value & 15];
    } else {
      out += text[i];
    }
  }
  return out;
}

Table::Table(std::vector<Column> columns, size_t most)
    : columns_(std::move(columns)), most_(most) {
  for (Column& column : columns_) {
    column.name = printable(column.name);
    column.type = printable(column.type);
    widths_.push_back(std::max(display_width(column.name), display_width(column.type)));
  }
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = shorten(printable(cell), most_);
  if (settled_) {
    append_row(cells);
    return;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  held_.push_back(std::move(cells));
  if (held_.size() >= kSample) settle();
}

void Table::settle() {
  if (std::exchange(settled_, true)) return;
  std::vector<std::string> names;
  std::vector<std::string> types;
  for (const Column& column : columns_) {
    names.push_back(column.name);
    types.push_back(column.type);
  }
  append_row(names);
  const bool typed = std::any_of(types.begin(), types.end(),
                                 [](const std::string& type) { return !type.empty(); });
  if (typed) append_row(types);
  for (size_t i = 0; i < widths_.size(); ++i) {
    out_ += (i == 0 ? "" : "  ") + std::string(widths_[i], '-');
  }
  out_ += '\n';
  for (const auto& row : held_) append_row(row);
  held_.clear();
}

void Table::append_row(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out_ += "  ";
    append_cell(cells[i], widths_[i], columns_[i].right, i + 1 == cells.size());
  }
  out_ += '\n';
}

void Table::append_cell(std::string_view text, size_t width, bool right, bool last) {
  const size_t taken = display_width(text);
  const std::string padding(width > taken ? width - taken : 0, ' ');
  if (right) out_ += padding;
  out_ += text;
  if (!right && !last) out_ += padding;
}

std::string Table::take() { return std::exchange(out_, {}); }

std::string Table::release() {
  settle();
  return take();
}

std::string Table::finish() {
  settle();
  return take();
}

}  // namespace fletching::render
