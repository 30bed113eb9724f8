// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_cells.h"

#include <cmath>
#include <new>

#include "arrow/list_items.h"
#include "arrow/type_kind.h"
#include "arrow/utf8.h"
#include "driver/metadata_schema.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr int kMaxDepth = 8;  // of dictionaries and unions inside each other

bool is_float(ArrowType type) {
  return type == NANOARROW_TYPE_FLOAT || type == NANOARROW_TYPE_DOUBLE ||
         type == NANOARROW_TYPE_HALF_FLOAT;
}

std::string_view bytes_at(const ArrowArrayView& view, int64_t row) {
  const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&view, row);
  return {bytes.data.as_char, static_cast<size_t>(bytes.size_bytes)};
}

// Makes the union's element of what was appended to `child` just now.
void finish_info(ArrowArray* out, InfoChild child) {
  check_built(ArrowArrayFinishUnionElement(out, static_cast<int8_t>(child)));
}

ArrowArray* child_of(ArrowArray* out, InfoChild child) {
  return out->children[static_cast<size_t>(child)];
}

void append_info_number(int64_t value, bool is_short, ArrowArray* out) {
  const InfoChild child = is_short ? InfoChild::kInt32 : InfoChild::kInt64;
  check_built(ArrowArrayAppendInt(child_of(out, child), value));
  finish_info(out, child);
}

}  // namespace

void check_built(ArrowErrorCode code) {
  if (code == ENOMEM) throw std::bad_alloc();
  if (code != NANOARROW_OK) {
    throw Error(Code::kInternal, "metadata: the answer does not fit into a batch");
  }
}

void append_text(ArrowArray* out, std::string_view text) {
  check_built(
      ArrowArrayAppendString(out, {text.data(), static_cast<int64_t>(text.size())}));
}

void append_text_or_null(ArrowArray* out, const std::optional<std::string_view>& text) {
  if (text) return append_text(out, *text);
  check_built(ArrowArrayAppendNull(out, 1));
}

CellReader::CellReader(const ArrowSchema& schema, const ArrowArray& rows,
                       int64_t column)
    : offset_(rows.offset) {
  const ArrowSchema* field = schema.children[column];
  name_ = field->name == nullptr ? "" : field->name;
  ArrowError error{};
  if (ArrowArrayViewInitFromSchema(view_.get(), field, &error) != NANOARROW_OK ||
      ArrowArrayViewSetArray(view_.get(), rows.children[column], &error) !=
          NANOARROW_OK) {
    throw Error(Code::kInvalidData, "column " + name_ + ": " + error.message);
  }
}

void CellReader::refuse(Cell cell, const char* wanted) const {
  throw Error(Code::kInvalidData, "column " + name_ + " of the server's answer is " +
                                      ArrowTypeString(cell.view->storage_type) +
                                      " where " + wanted + " is expected");
}

CellReader::Cell CellReader::cell(int64_t row) const {
  return resolve(view_.get(), row + offset_);
}

CellReader::Cell CellReader::resolve(const ArrowArrayView* view, int64_t row) const {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (row < 0 || row >= view->length) return {nullptr, 0};
    const ArrowType type = view->storage_type;
    if (type == NANOARROW_TYPE_DENSE_UNION || type == NANOARROW_TYPE_SPARSE_UNION) {
      const int child = ArrowArrayViewUnionChildIndex(view, row);
      if (child < 0 || child >= view->n_children) return {nullptr, 0};
      row = ArrowArrayViewUnionChildOffset(view, row);
      view = view->children[child];
      continue;
    }
    if (ArrowArrayViewIsNull(view, row) != 0) return {nullptr, 0};
    if (view->dictionary == nullptr) return {view, row};
    row = ArrowArrayViewGetIntUnsafe(view, row);
    view = view->dictionary;
  }
  return {nullptr, 0};
}

std::string_view CellReader::text_of(Cell cell) const {
  const ArrowType type = cell.view->storage_type;
  if (!is_text(type) && !is_binary(type)) refuse(cell, "text");
  const std::string_view text = bytes_at(*cell.view, cell.row);
  if (!is_text(type) && !is_utf8(text)) {
    throw Error(Code::kInvalidData,
                "column " + name_ + " of the server's answer is not UTF-8 text");
  }
  return text;
}

std::optional<std::string_view> CellReader::text(int64_t row) const {
  const Cell found = cell(row);
  if (found.view == nullptr) return std::nullopt;
  return text_of(found);
}

std::optional<std::string_view> CellReader::bytes(int64_t row) const {
  const Cell found = cell(row);
  if (found.view == nullptr) return std::nullopt;
  const ArrowType type = found.view->storage_type;
  if (!is_text(type) && !is_binary(type)) refuse(found, "binary");
  return bytes_at(*found.view, found.row);
}

std::optional<int64_t> CellReader::number(int64_t row) const {
  const Cell found = cell(row);
  if (found.view == nullptr) return std::nullopt;
  const ArrowType type = found.view->storage_type;
  if (is_integer(type) || type == NANOARROW_TYPE_BOOL) {
    return ArrowArrayViewGetIntUnsafe(found.view, found.row);
  }
  if (is_float(type)) {
    const double value = ArrowArrayViewGetDoubleUnsafe(found.view, found.row);
    if (std::abs(value) < 0x1p53 && std::trunc(value) == value) {
      return static_cast<int64_t>(value);
    }
  }
  refuse(found, "a whole number");
}

std::optional<bool> CellReader::boolean(int64_t row) const {
  const auto value = number(row);
  if (!value) return std::nullopt;
  return *value != 0;
}

void CellReader::append_items(Cell list, ArrowArray* out) const {
  const auto [begin, end] = list_items(*list.view, list.row);
  for (int64_t i = begin; i < end; ++i) {
    const Cell item = resolve(list.view->children[0], i);
    if (item.view != nullptr && is_integer(item.view->storage_type)) {
      append_text(out->children[0],
                  std::to_string(ArrowArrayViewGetIntUnsafe(item.view, item.row)));
    } else {
      append_text(out->children[0], item.view == nullptr ? "" : text_of(item));
    }
  }
  check_built(ArrowArrayFinishElement(out));
}

void CellReader::append_texts(int64_t row, bool required, ArrowArray* out) const {
  const Cell found = cell(row);
  if (found.view == nullptr) {
    check_built(required ? ArrowArrayAppendEmpty(out, 1)
                         : ArrowArrayAppendNull(out, 1));
  } else if (is_list(found.view->storage_type)) {
    append_items(found, out);
  } else {
    append_text(out->children[0], text_of(found));
    check_built(ArrowArrayFinishElement(out));
  }
}

// Of numbers to lists of numbers; other items are left out.
void CellReader::append_map(Cell map, ArrowArray* out) const {
  ArrowArray* entries = out->children[0];
  ArrowArray* lists = entries->children[1];
  const ArrowArrayView* pairs = map.view->children[0];
  if (pairs->n_children != 2) return;
  const auto append_number = [&](const ArrowArrayView* view, int64_t at,
                                 ArrowArray* to) {
    const Cell item = resolve(view, at);
    const bool known = item.view != nullptr && is_integer(item.view->storage_type);
    const int64_t value = known ? ArrowArrayViewGetIntUnsafe(item.view, item.row) : 0;
    const bool fits = known && value == static_cast<int32_t>(value);
    if (fits) check_built(ArrowArrayAppendInt(to, value));
    return fits;
  };
  const auto [begin, end] = list_items(*map.view, map.row);
  for (int64_t i = begin; i < end; ++i) {
    const int64_t pair = i + pairs->offset;
    if (!append_number(pairs->children[0], pair, entries->children[0])) continue;
    const Cell list = resolve(pairs->children[1], pair);
    if (list.view != nullptr && is_list(list.view->storage_type)) {
      const auto [first, last] = list_items(*list.view, list.row);
      for (int64_t j = first; j < last; ++j) {
        append_number(list.view->children[0], j, lists->children[0]);
      }
    }
    check_built(ArrowArrayFinishElement(lists));
    check_built(ArrowArrayFinishElement(entries));
  }
}

void CellReader::append_info(int64_t row, ArrowArray* out) const {
  const Cell found = cell(row);
  if (found.view == nullptr) {
    check_built(ArrowArrayAppendNull(child_of(out, InfoChild::kText), 1));
    return finish_info(out, InfoChild::kText);
  }
  const ArrowType type = found.view->storage_type;
  if (type == NANOARROW_TYPE_BOOL) {
    const int64_t value = ArrowArrayViewGetIntUnsafe(found.view, found.row);
    check_built(ArrowArrayAppendInt(child_of(out, InfoChild::kBool), value));
    return finish_info(out, InfoChild::kBool);
  }
  if (is_integer(type)) {
    const bool is_short = type != NANOARROW_TYPE_INT64 &&
                          type != NANOARROW_TYPE_UINT64 &&
                          type != NANOARROW_TYPE_UINT32;
    return append_info_number(ArrowArrayViewGetIntUnsafe(found.view, found.row),
                              is_short, out);
  }
  if (is_list(type)) {
    append_items(found, child_of(out, InfoChild::kTexts));
    return finish_info(out, InfoChild::kTexts);
  }
  if (type == NANOARROW_TYPE_MAP) {
    ArrowArray* map = child_of(out, InfoChild::kMap);
    append_map(found, map);
    check_built(ArrowArrayFinishElement(map));
    return finish_info(out, InfoChild::kMap);
  }
  ArrowArray* text = child_of(out, InfoChild::kText);
  if (is_float(type)) {
    append_text(text,
                std::to_string(ArrowArrayViewGetDoubleUnsafe(found.view, found.row)));
  } else if (is_text(type)) {
    append_text(text, bytes_at(*found.view, found.row));
  } else {
    check_built(ArrowArrayAppendNull(text, 1));  // a vendor's own, in no type of ours
  }
  finish_info(out, InfoChild::kText);
}

}  // namespace fletching
