// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_literal_writer.h"

namespace fletching {
namespace {

using Field = LiteralRenderer::Field;

Range checked(Range range, const ArrowArrayView& child) {
  if (range.begin < 0 || range.end < range.begin || range.end > child.length) {
    literal_not_valid("a list reaches beyond its values");
  }
  return range;
}

Range range_of(const Field& field, const ArrowArrayView& array, int64_t row) {
  const int64_t at = row + array.offset;
  const ArrowArrayView& child = *array.children[0];
  if (field.type == NANOARROW_TYPE_FIXED_SIZE_LIST) {
    return checked({at * field.fixed_size, (at + 1) * field.fixed_size}, child);
  }
  const int64_t begin = ArrowArrayViewListChildOffset(&array, at);
  if (field.type == NANOARROW_TYPE_LIST_VIEW) {
    return checked({begin, begin + array.buffer_views[2].data.as_int32[at]}, child);
  }
  if (field.type == NANOARROW_TYPE_LARGE_LIST_VIEW) {
    const int64_t size = array.buffer_views[2].data.as_int64[at];
    if (size > child.length) literal_not_valid("a list reaches beyond its values");
    return checked({begin, begin + size}, child);
  }
  return checked({begin, ArrowArrayViewListChildOffset(&array, at + 1)}, child);
}

// The first run that ends after the row.
int64_t run_of(const ArrowArrayView& array, int64_t row) {
  const ArrowArrayView& ends = *array.children[0];
  int64_t low = 0;
  int64_t high = ends.length;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (ArrowArrayViewGetIntUnsafe(&ends, middle) > row + array.offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low >= array.children[1]->length)
    literal_not_valid("a row lies beyond the last run");
  return low;
}

}  // namespace

void LiteralWriter::list(const Field& field, const ArrowArrayView& array, Range range) {
  if (forms_.list_open.empty()) no_literal("lists");
  const Field& item = field.children[0];
  const std::string item_type = item_type_of(item);
  const bool typed = !forms_.list_type.empty() && !item_type.empty();
  if (!typed && range.begin == range.end) no_literal("an empty list of this type");
  if (typed) out_ += "CAST(";
  out_ += forms_.list_open;
  for (int64_t i = range.begin; i < range.end; ++i) {
    if (i != range.begin) out_ += ", ";
    value(item, *array.children[0], i);
  }
  out_ += forms_.list_close;
  if (typed) out_ += " AS " + filled(forms_.list_type, item_type) + ")";
}

void LiteralWriter::map_column(const Field& field, const ArrowArrayView& array,
                               Range range) {
  out_ += forms_.list_open;
  for (int64_t i = range.begin; i < range.end; ++i) {
    if (i != range.begin) out_ += ", ";
    value(field, array, i);
  }
  out_ += forms_.list_close;
}

void LiteralWriter::map(const Field& field, const ArrowArrayView& array, Range range) {
  if (forms_.map_open.empty()) no_literal("maps");
  const Field& entry = field.children[0];
  const ArrowArrayView& entries = *array.children[0];
  if (range.begin == range.end) no_literal("an empty map");
  const Range rows{range.begin + entries.offset, range.end + entries.offset};
  out_ += forms_.map_open;
  if (forms_.map_of_lists) {
    map_column(entry.children[0], *entries.children[0], rows);
    out_ += ", ";
    map_column(entry.children[1], *entries.children[1], rows);
  } else {
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      if (i != rows.begin) out_ += ", ";
      value(entry.children[0], *entries.children[0], i);
      out_ += ", ";
      value(entry.children[1], *entries.children[1], i);
    }
  }
  out_ += forms_.map_close;
}

void LiteralWriter::structure(const Field& field, const ArrowArrayView& array,
                              int64_t row) {
  if (forms_.structs == StructStyle::kNone || field.children.empty()) {
    no_literal("structs");
  }
  const bool braces = forms_.structs == StructStyle::kBraces;
  const bool named = forms_.structs != StructStyle::kRow;
  out_ += braces ? "{" : named ? "named_struct(" : "ROW(";
  for (size_t i = 0; i < field.children.size(); ++i) {
    if (i != 0) out_ += ", ";
    if (named) {
      append_text_literal(out_, field.children[i].name, dialect_);
      out_ += braces ? ": " : ", ";
    }
    value(field.children[i], *array.children[i], row + array.offset);
  }
  out_ += braces ? "}" : ")";
}

void LiteralWriter::nested(const Field& field, const ArrowArrayView& array,
                           int64_t row) {
  switch (field.type) {
    case NANOARROW_TYPE_DICTIONARY: {
      const int64_t index = ArrowArrayViewGetIntUnsafe(&array, row);
      if (array.dictionary == nullptr || index < 0 ||
          index >= array.dictionary->length) {
        literal_not_valid("an index lies beyond its dictionary");
      }
      return value(field.children[0], *array.dictionary, index);
    }
    case NANOARROW_TYPE_RUN_END_ENCODED:
      return value(field.children[1], *array.children[1], run_of(array, row));
    case NANOARROW_TYPE_SPARSE_UNION:
    case NANOARROW_TYPE_DENSE_UNION: {
      const int8_t child = ArrowArrayViewUnionChildIndex(&array, row);
      const int64_t at = ArrowArrayViewUnionChildOffset(&array, row);
      if (child < 0 || static_cast<size_t>(child) >= field.children.size() || at < 0 ||
          at >= array.children[child]->length) {
        literal_not_valid("a union points beyond its values");
      }
      return value(field.children[static_cast<size_t>(child)], *array.children[child],
                   at);
    }
    case NANOARROW_TYPE_STRUCT:
      return structure(field, array, row);
    case NANOARROW_TYPE_MAP:
      return map(field, array, range_of(field, array, row));
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
    case NANOARROW_TYPE_LIST_VIEW:
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
      return list(field, array, range_of(field, array, row));
    default:
      no_literal("the type " + std::string(ArrowTypeString(field.type)));
  }
}

}  // namespace fletching
