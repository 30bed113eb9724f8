// SPDX-License-Identifier: Apache-2.0
#include "render/cell.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "arrow/list_items.h"
#include "arrow/time_unit.h"
#include "arrow/type_kind.h"
#include "fletching/error.h"
#include "render/time_text.h"

namespace fletching::render {

struct CellWriter::Column {
  UniqueSchema schema;  // a copy: the view points into it
  ArrowSchemaView type{};
  UniqueArrayView view;
  const ArrowArray* array = nullptr;
  std::vector<CellWriter> children;
  std::unique_ptr<CellWriter> dictionary;

  // Of a run-end encoded array: which run holds the row.
  [[nodiscard]] int64_t run_of(int64_t row) const;
  void append_number(std::string& out, int64_t row, bool json) const;
  void append_nested(std::string& out, int64_t row) const;
  void append_list(std::string& out, int64_t begin, int64_t end) const;
  void append_struct(std::string& out, int64_t row) const;
  void append_map(std::string& out, int64_t begin, int64_t end) const;
  void append_temporal(std::string& out, int64_t row, char separator) const;
  void append_interval(std::string& out, int64_t row) const;
};

namespace {

template <class T>
void append_float(std::string& out, T value, bool json) {
  if (!std::isfinite(value)) {
    const std::string_view text = std::isnan(value) ? "NaN"
                                  : value > 0       ? "Infinity"
                                                    : "-Infinity";
    if (json) {
      append_json_string(out, text);
    } else {
      out += text;
    }
    return;
  }
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end.ptr);
}

void append_hex_byte(std::string& out, uint8_t byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_hex(std::string& out, ArrowBufferView bytes) {
  out += "\\x";
  for (int64_t i = 0; i < bytes.size_bytes; ++i) {
    append_hex_byte(out, bytes.data.as_uint8[i]);
  }
}

bool is_uuid(const ArrowSchemaView& type) {
  const std::string_view extension(type.extension_name.data,
                                   static_cast<size_t>(type.extension_name.size_bytes));
  return extension == "arrow.uuid" && type.fixed_size == 16 &&
         type.storage_type == NANOARROW_TYPE_FIXED_SIZE_BINARY;
}

// 8-4-4-4-12 digits, as RFC 9562 writes them.
void append_uuid(std::string& out, const uint8_t* bytes) {
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    append_hex_byte(out, bytes[i]);
  }
}

bool is_decimal(ArrowType type) {
  return type == NANOARROW_TYPE_DECIMAL32 || type == NANOARROW_TYPE_DECIMAL64 ||
         type == NANOARROW_TYPE_DECIMAL128 || type == NANOARROW_TYPE_DECIMAL256;
}

bool is_temporal(ArrowType type) {
  switch (type) {
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
    case NANOARROW_TYPE_TIMESTAMP:
    case NANOARROW_TYPE_DURATION:
    case NANOARROW_TYPE_INTERVAL_MONTHS:
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return true;
    default:
      return false;
  }
}

bool is_nested(ArrowType type) {
  return is_list(type) || type == NANOARROW_TYPE_STRUCT || type == NANOARROW_TYPE_MAP;
}

bool is_union(ArrowType type) {
  return type == NANOARROW_TYPE_DENSE_UNION || type == NANOARROW_TYPE_SPARSE_UNION;
}

}  // namespace

CellWriter::CellWriter(const ArrowSchema& schema)
    : column_(std::make_unique<Column>()) {
  ArrowError error{};
  if (ArrowSchemaDeepCopy(&schema, column_->schema.get()) != NANOARROW_OK ||
      ArrowSchemaViewInit(&column_->type, column_->schema.get(), &error) !=
          NANOARROW_OK ||
      ArrowArrayViewInitFromSchema(column_->view.get(), column_->schema.get(),
                                   &error) != NANOARROW_OK) {
    throw Error(Code::kInvalidData, std::string("type of a column: ") + error.message);
  }
  for (int64_t i = 0; i < schema.n_children; ++i) {
    column_->children.emplace_back(*schema.children[i]);
  }
  if (schema.dictionary != nullptr) {
    column_->dictionary = std::make_unique<CellWriter>(*schema.dictionary);
  }
}

CellWriter::~CellWriter() = default;
CellWriter::CellWriter(CellWriter&&) noexcept = default;

void CellWriter::set_array(const ArrowArray& array) {
  ArrowError error{};
  if (ArrowArrayViewSetArray(column_->view.get(), &array, &error) != NANOARROW_OK) {
    throw Error(Code::kInvalidData, std::string("column of a batch: ") + error.message);
  }
  column_->array = &array;
  for (size_t i = 0; i < column_->children.size(); ++i) {
    column_->children[i].set_array(*array.children[i]);
  }
  if (column_->dictionary != nullptr) column_->dictionary->set_array(*array.dictionary);
}

bool CellWriter::is_null(int64_t row) const {
  const Column& c = *column_;
  if (is_union(c.type.storage_type)) {
    const auto child = ArrowArrayViewUnionChildIndex(c.view.get(), row);
    const auto at = ArrowArrayViewUnionChildOffset(c.view.get(), row);
    return c.children[static_cast<size_t>(child)].is_null(at);
  }
  if (c.type.storage_type == NANOARROW_TYPE_RUN_END_ENCODED) {
    return c.children[1].is_null(c.run_of(row));
  }
  if (ArrowArrayViewIsNull(c.view.get(), row) != 0) return true;
  return c.dictionary != nullptr &&
         c.dictionary->is_null(ArrowArrayViewGetIntUnsafe(c.view.get(), row));
}

bool CellWriter::is_number() const {
  const ArrowType type = column_->type.type;
  return column_->dictionary == nullptr &&
         ((type >= NANOARROW_TYPE_UINT8 && type <= NANOARROW_TYPE_DOUBLE) ||
          is_decimal(type));
}

void CellWriter::append(std::string& out, int64_t row, CellStyle style) const {
  const Column& c = *column_;
  const ArrowType type = c.type.storage_type;
  const bool json = style == CellStyle::kJson;
  if (is_null(row)) {
    if (json) out += "null";
    return;
  }
  if (c.dictionary != nullptr) {
    c.dictionary->append(out, ArrowArrayViewGetIntUnsafe(c.view.get(), row), style);
  } else if (is_union(type)) {
    const auto child = ArrowArrayViewUnionChildIndex(c.view.get(), row);
    c.children[static_cast<size_t>(child)].append(
        out, ArrowArrayViewUnionChildOffset(c.view.get(), row), style);
  } else if (type == NANOARROW_TYPE_RUN_END_ENCODED) {
    c.children[1].append(out, c.run_of(row), style);
  } else if (is_nested(type)) {
    c.append_nested(out, row);
  } else if (is_text(type) || is_binary(type) || is_decimal(type) ||
             is_temporal(c.type.type)) {
    std::string text;
    std::string& to = json ? text : out;
    if (is_text(type)) {
      const ArrowStringView s = ArrowArrayViewGetStringUnsafe(c.view.get(), row);
      to.append(s.data, static_cast<size_t>(s.size_bytes));
    } else if (is_uuid(c.type)) {
      append_uuid(to, ArrowArrayViewGetBytesUnsafe(c.view.get(), row).data.as_uint8);
    } else if (is_binary(type)) {
      append_hex(to, ArrowArrayViewGetBytesUnsafe(c.view.get(), row));
    } else if (is_decimal(type)) {
      c.append_number(to, row, false);
    } else {
      c.append_temporal(to, row, json ? 'T' : ' ');
    }
    if (json) append_json_string(out, text);
  } else {
    c.append_number(out, row, json);
  }
}

int64_t CellWriter::Column::run_of(int64_t row) const {
  const Column& ends = *children[0].column_;
  const int64_t logical = row + array->offset;
  int64_t low = 0;
  int64_t high = ends.array->length;
  while (low < high) {  // the first run that ends after the row
    const int64_t middle = low + (high - low) / 2;
    if (ArrowArrayViewGetIntUnsafe(ends.view.get(), middle) > logical) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

void CellWriter::Column::append_number(std::string& out, int64_t row, bool json) const {
  switch (type.storage_type) {
    case NANOARROW_TYPE_BOOL:
      out += ArrowArrayViewGetIntUnsafe(view.get(), row) != 0 ? "true" : "false";
      return;
    case NANOARROW_TYPE_UINT64:
      out += std::to_string(ArrowArrayViewGetUIntUnsafe(view.get(), row));
      return;
    case NANOARROW_TYPE_HALF_FLOAT:
    case NANOARROW_TYPE_FLOAT:
      append_float(out,
                   static_cast<float>(ArrowArrayViewGetDoubleUnsafe(view.get(), row)),
                   json);
      return;
    case NANOARROW_TYPE_DOUBLE:
      append_float(out, ArrowArrayViewGetDoubleUnsafe(view.get(), row), json);
      return;
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256: {
      ArrowDecimal value;
      ArrowDecimalInit(&value, type.decimal_bitwidth, type.decimal_precision,
                       type.decimal_scale);
      ArrowArrayViewGetDecimalUnsafe(view.get(), row, &value);
      nanoarrow::UniqueBuffer text;
      if (ArrowDecimalAppendStringToBuffer(&value, text.get()) != NANOARROW_OK) {
        throw std::bad_alloc();
      }
      out.append(reinterpret_cast<const char*>(text->data),
                 static_cast<size_t>(text->size_bytes));
      return;
    }
    default:
      out += std::to_string(ArrowArrayViewGetIntUnsafe(view.get(), row));
  }
}

void CellWriter::Column::append_temporal(std::string& out, int64_t row,
                                         char separator) const {
  const ArrowType kind = type.type;
  if (kind == NANOARROW_TYPE_INTERVAL_MONTHS ||
      kind == NANOARROW_TYPE_INTERVAL_DAY_TIME ||
      kind == NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO) {
    append_interval(out, row);
    return;
  }
  const int64_t value = ArrowArrayViewGetIntUnsafe(view.get(), row);
  const int64_t unit = units_per_second(type.time_unit);
  if (kind == NANOARROW_TYPE_DATE32) {
    append_date(out, value);
  } else if (kind == NANOARROW_TYPE_DATE64) {
    constexpr int64_t kDay = 86400000;
    append_date(out, value / kDay - (value % kDay < 0 ? 1 : 0));
  } else if (kind == NANOARROW_TYPE_DURATION) {
    append_duration(out, value, unit);
  } else if (kind == NANOARROW_TYPE_TIMESTAMP) {
    // Instants are shown in UTC whatever their zone: exact, and the same everywhere.
    append_timestamp(out, value, unit, separator);
    if (type.timezone != nullptr && type.timezone[0] != '\0') out += 'Z';
  } else {
    append_time(out, value, unit);
  }
}

void CellWriter::Column::append_interval(std::string& out, int64_t row) const {
  ArrowInterval value;
  ArrowIntervalInit(&value, type.type);
  ArrowArrayViewGetIntervalUnsafe(view.get(), row, &value);
  out +=
      std::to_string(value.months) + " months " + std::to_string(value.days) + " days ";
  if (type.type == NANOARROW_TYPE_INTERVAL_DAY_TIME) {
    append_duration(out, value.ms, 1000);
  } else {
    append_duration(out, value.ns, 1000000000);
  }
}

void CellWriter::Column::append_nested(std::string& out, int64_t row) const {
  if (type.storage_type == NANOARROW_TYPE_STRUCT) {
    append_struct(out, row);
    return;
  }
  const int64_t at = row + array->offset;
  int64_t begin = 0;
  int64_t end = 0;
  if (type.storage_type == NANOARROW_TYPE_FIXED_SIZE_LIST) {
    begin = at * type.fixed_size;
    end = begin + type.fixed_size;
  } else if (type.storage_type == NANOARROW_TYPE_LIST_VIEW ||
             type.storage_type == NANOARROW_TYPE_LARGE_LIST_VIEW) {
    begin = ArrowArrayViewListChildOffset(view.get(), at);
    const bool large = type.storage_type == NANOARROW_TYPE_LARGE_LIST_VIEW;
    end = begin + (large ? static_cast<const int64_t*>(array->buffers[2])[at]
                         : static_cast<const int32_t*>(array->buffers[2])[at]);
  } else {
    begin = ArrowArrayViewListChildOffset(view.get(), at);
    end = ArrowArrayViewListChildOffset(view.get(), at + 1);
  }
  if (type.storage_type == NANOARROW_TYPE_MAP) {
    append_map(out, begin, end);
  } else {
    append_list(out, begin, end);
  }
}

void CellWriter::Column::append_list(std::string& out, int64_t begin,
                                     int64_t end) const {
  out += '[';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ", ";
    children[0].append(out, i, CellStyle::kJson);
  }
  out += ']';
}

void CellWriter::Column::append_struct(std::string& out, int64_t row) const {
  // nanoarrow's view of a struct does not move its children by the parent's offset.
  const int64_t at = row + array->offset;
  out += '{';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ", ";
    const char* name = schema->children[i]->name;
    append_json_string(out, name == nullptr ? "" : name);
    out += ": ";
    children[i].append(out, at, CellStyle::kJson);
  }
  out += '}';
}

// Pairs, not an object: keys may be of any type and may repeat.
void CellWriter::Column::append_map(std::string& out, int64_t begin,
                                    int64_t end) const {
  const Column& entries = *children[0].column_;
  const int64_t shift = entries.array->offset;
  out += '[';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ", ";
    out += '[';
    entries.children[0].append(out, i + shift, CellStyle::kJson);
    out += ", ";
    entries.children[1].append(out, i + shift, CellStyle::kJson);
    out += ']';
  }
  out += ']';
}

std::string type_name(const ArrowSchema& schema) {
  if (schema.dictionary != nullptr) return type_name(*schema.dictionary);
  ArrowSchemaView view{};
  if (ArrowSchemaViewInit(&view, &schema, nullptr) != NANOARROW_OK) {
    return schema.format == nullptr ? "?" : schema.format;
  }
  if (is_uuid(view)) return "uuid";
  const auto unit = [&] { return std::string(ArrowTimeUnitString(view.time_unit)); };
  const auto child = [&](int64_t i) { return type_name(*schema.children[i]); };
  switch (view.type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return "utf8";
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
      return "binary";
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return "binary(" + std::to_string(view.fixed_size) + ")";
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return "decimal(" + std::to_string(view.decimal_precision) + ", " +
             std::to_string(view.decimal_scale) + ")";
    case NANOARROW_TYPE_TIMESTAMP:
      return "timestamp[" + unit() +
             (view.timezone != nullptr && view.timezone[0] != '\0'
                  ? ", " + std::string(view.timezone)
                  : "") +
             "]";
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return "time[" + unit() + "]";
    case NANOARROW_TYPE_DURATION:
      return "duration[" + unit() + "]";
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
      return "date";
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_LIST_VIEW:
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return "list<" + child(0) + ">";
    case NANOARROW_TYPE_MAP:
      return "map<" + type_name(*schema.children[0]->children[0]) + ", " +
             type_name(*schema.children[0]->children[1]) + ">";
    case NANOARROW_TYPE_RUN_END_ENCODED:
      return child(1);
    case NANOARROW_TYPE_STRUCT: {
      std::string out = "struct<";
      for (int64_t i = 0; i < schema.n_children; ++i) {
        const char* name = schema.children[i]->name;
        out += (i > 0 ? ", " : "") + std::string(name == nullptr ? "" : name) + ": " +
               child(i);
      }
      return out + ">";
    }
    default:
      return ArrowTypeString(view.type);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\u00";
      out += kHex[u >> 4];
      out += kHex[u & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace fletching::render
