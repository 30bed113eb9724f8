// SPDX-License-Identifier: Apache-2.0
#include "driver/columns.h"

#include <charconv>
#include <string_view>

#include "arrow/utf8.h"
#include "driver/metadata_filter.h"

namespace fletching {
namespace {

// XdbcDataType and XdbcDatetimeSubcode of FlightSql.proto.
enum Xdbc : int16_t {
  kUnknown = 0,
  kDecimal = 3,
  kInteger = 4,
  kSmallInt = 5,
  kReal = 7,
  kDouble = 8,
  kDateTime = 9,
  kInterval = 10,
  kVarChar = 12,
  kDate = 91,
  kTime = 92,
  kTimestamp = 93,
  kBinary = -2,
  kVarBinary = -3,
  kBigInt = -5,
  kTinyInt = -6,
  kBit = -7,
};

constexpr std::string_view kPrefix = "ARROW:FLIGHT:SQL:";

std::optional<int32_t> number_of(std::string_view text) {
  int32_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::optional<bool> flag_of(std::string_view text) {
  if (text == "1" || same_but_case(text, "true")) return true;
  if (text == "0" || same_but_case(text, "false")) return false;
  return std::nullopt;
}

// ---- what the type says ----

void set_integer(ColumnFacts& out, Xdbc type, const char* name, int32_t size) {
  out.data_type = type;
  out.type_name = name;
  out.size = size;
  out.digits = 0;
  out.radix = 10;
}

void set_float(ColumnFacts& out, Xdbc type, const char* name, int32_t bits) {
  out.data_type = type;
  out.type_name = name;
  out.size = bits;
  out.radix = 2;
}

void set_plain(ColumnFacts& out, Xdbc type, const char* name) {
  out.data_type = type;
  out.type_name = name;
}

int16_t digits_of(ArrowTimeUnit unit) {
  return static_cast<int16_t>(3 * static_cast<int>(unit));  // s, ms, us, ns
}

// size: of the text without a fraction, as JDBC counts.
void set_moment(ColumnFacts& out, Xdbc type, int16_t subcode, const char* name,
                int32_t size, int16_t digits) {
  set_plain(out, type, name);
  out.datetime_subcode = subcode;
  out.size = size + (digits == 0 ? 0 : 1 + digits);
  if (type != kDate) out.digits = digits;
}

void set_timestamp(ColumnFacts& out, const ArrowSchemaView& view) {
  const bool has_zone = view.timezone != nullptr && *view.timezone != '\0';
  set_moment(out, kTimestamp, 3, has_zone ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP",
             19, digits_of(view.time_unit));
}

void set_decimal(ColumnFacts& out, const ArrowSchemaView& view) {
  set_plain(out, kDecimal, "DECIMAL");
  out.size = view.decimal_precision;
  out.digits = static_cast<int16_t>(view.decimal_scale);
  out.radix = 10;
}

// Numbers and truth values; false: none of those.
bool set_number(ColumnFacts& out, const ArrowSchemaView& view) {
  switch (view.type) {
    case NANOARROW_TYPE_BOOL:
      return set_plain(out, kBit, "BOOLEAN"), true;
    case NANOARROW_TYPE_INT8:
      return set_integer(out, kTinyInt, "TINYINT", 3), true;
    case NANOARROW_TYPE_UINT8:
      return set_integer(out, kTinyInt, "TINYINT UNSIGNED", 3), true;
    case NANOARROW_TYPE_INT16:
      return set_integer(out, kSmallInt, "SMALLINT", 5), true;
    case NANOARROW_TYPE_UINT16:
      return set_integer(out, kSmallInt, "SMALLINT UNSIGNED", 5), true;
    case NANOARROW_TYPE_INT32:
      return set_integer(out, kInteger, "INTEGER", 10), true;
    case NANOARROW_TYPE_UINT32:
      return set_integer(out, kInteger, "INTEGER UNSIGNED", 10), true;
    case NANOARROW_TYPE_INT64:
      return set_integer(out, kBigInt, "BIGINT", 19), true;
    case NANOARROW_TYPE_UINT64:
      return set_integer(out, kBigInt, "BIGINT UNSIGNED", 20), true;
    case NANOARROW_TYPE_HALF_FLOAT:
      return set_float(out, kReal, "FLOAT16", 11), true;
    case NANOARROW_TYPE_FLOAT:
      return set_float(out, kReal, "REAL", 24), true;
    case NANOARROW_TYPE_DOUBLE:
      return set_float(out, kDouble, "DOUBLE", 53), true;
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return set_decimal(out, view), true;
    default:
      return false;
  }
}

void set_other(ColumnFacts& out, const ArrowSchemaView& view) {
  switch (view.type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return set_plain(out, kVarChar, "VARCHAR");
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
      return set_plain(out, kVarBinary, "VARBINARY");
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      set_plain(out, kBinary, "BINARY");
      out.size = view.fixed_size;
      return;
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
      return set_moment(out, kDate, 1, "DATE", 10, 0);
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return set_moment(out, kTime, 2, "TIME", 8, digits_of(view.time_unit));
    case NANOARROW_TYPE_TIMESTAMP:
      return set_timestamp(out, view);
    case NANOARROW_TYPE_DURATION:
    case NANOARROW_TYPE_INTERVAL_MONTHS:
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return set_plain(out, kInterval, "INTERVAL");
    case NANOARROW_TYPE_STRUCT:
      return set_plain(out, kUnknown, "STRUCT");
    case NANOARROW_TYPE_MAP:
      return set_plain(out, kUnknown, "MAP");
    case NANOARROW_TYPE_DENSE_UNION:
    case NANOARROW_TYPE_SPARSE_UNION:
      return set_plain(out, kUnknown, "UNION");
    case NANOARROW_TYPE_NA:
      return set_plain(out, kUnknown, "NULL");
    default:
      return set_plain(out, kUnknown, "ARRAY");  // lists of all kinds
  }
}

void take_type(ColumnFacts& out, const ArrowSchema& field) {
  const ArrowSchema& values = field.dictionary == nullptr ? field : *field.dictionary;
  ArrowSchemaView view{};
  // Types that only newer formats have are left unknown.
  if (ArrowSchemaViewInit(&view, &values, nullptr) != NANOARROW_OK) return;
  if (!set_number(out, view)) set_other(out, view);
}

void take_precision(ColumnFacts& out, std::string_view text) {
  const auto precision = number_of(text);
  if (!precision || *precision <= 0) return;
  out.size = precision;
  // Servers count a float's digits in bits or in decimals, and do not say which.
  if (out.radix == 2 && *precision < 24) out.radix = 10;
}

void take_scale(ColumnFacts& out, std::string_view text) {
  const auto scale = number_of(text);
  if (scale && *scale == int16_t(*scale)) out.digits = static_cast<int16_t>(*scale);
}

// key: without the prefix.
void take_entry(ColumnFacts& out, std::string_view key, std::string_view text) {
  if (key == "TYPE_NAME") {
    if (!text.empty()) out.type_name = text;
  } else if (key == "PRECISION") {
    take_precision(out, text);
  } else if (key == "SCALE") {
    take_scale(out, text);
  } else if (key == "IS_AUTO_INCREMENT") {
    out.auto_increment = flag_of(text);
  } else if (key == "REMARKS") {
    out.remarks = text;
  } else if (key == "CATALOG_NAME") {
    out.catalog = text;
  } else if (key == "TABLE_NAME") {
    out.table = text;
  } else if (key == "SCHEMA_NAME" || (key == "DB_SCHEMA_NAME" && !out.schema)) {
    out.schema =
        text;  // implementations write the first, the protocol's text the other
  }
}

std::string_view view_of(const ArrowStringView& text) {
  return {text.data, static_cast<size_t>(text.size_bytes)};
}

void take_metadata(ColumnFacts& out, const ArrowSchema& field) {
  if (field.metadata == nullptr) return;
  ArrowMetadataReader reader{};
  if (ArrowMetadataReaderInit(&reader, field.metadata) != NANOARROW_OK) return;
  ArrowStringView key{};
  ArrowStringView value{};
  while (ArrowMetadataReaderRead(&reader, &key, &value) == NANOARROW_OK) {
    const std::string_view name = view_of(key);
    const std::string_view text = view_of(value);
    if (!name.starts_with(kPrefix) || !is_utf8(text)) continue;
    take_entry(out, name.substr(kPrefix.size()), text);
  }
}

}  // namespace

ColumnFacts column_facts(const ArrowSchema& field) {
  ColumnFacts out;
  take_type(out, field);
  take_metadata(out, field);
  out.sql_data_type = out.datetime_subcode ? int16_t{kDateTime} : out.data_type;
  if (out.data_type == kVarBinary || out.data_type == kBinary) out.octets = out.size;
  out.nullable = (field.flags & ARROW_FLAG_NULLABLE) != 0;
  return out;
}

}  // namespace fletching
