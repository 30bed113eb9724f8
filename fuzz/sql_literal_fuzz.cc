// SPDX-License-Identifier: Apache-2.0
// Values as SQL literals: whatever the value, what is written is one literal of its
// dialect (or refused), text reads back as itself, and inside of a statement it stays
// where the placeholder was. The first byte is the dialect, the second the type, the
// rest the value.
#include <nanoarrow/nanoarrow.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "backend/sql_literal.h"
#include "backend/sql_literal_shape.h"
#include "fletching/error.h"

namespace {

using namespace fletching;

[[noreturn]] void fail(const char* what, const SqlDialect& dialect,
                       const std::string& sql) {
  std::fprintf(stderr, "%s (%.*s): %s\n", what, static_cast<int>(dialect.name.size()),
               dialect.name.data(), sql.c_str());
  std::abort();
}

void must(ArrowErrorCode code) {
  if (code != NANOARROW_OK) std::abort();
}

constexpr std::array kTypes = {NANOARROW_TYPE_STRING,
                               NANOARROW_TYPE_BINARY,
                               NANOARROW_TYPE_INT64,
                               NANOARROW_TYPE_UINT64,
                               NANOARROW_TYPE_DOUBLE,
                               NANOARROW_TYPE_FLOAT,
                               NANOARROW_TYPE_DATE32,
                               NANOARROW_TYPE_DATE64,
                               NANOARROW_TYPE_TIMESTAMP,
                               NANOARROW_TYPE_TIME64,
                               NANOARROW_TYPE_DURATION,
                               NANOARROW_TYPE_DECIMAL128,
                               NANOARROW_TYPE_STRUCT,
                               NANOARROW_TYPE_LIST,
                               NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO};

void set_type(ArrowSchema* schema, ArrowType type, uint8_t variant) {
  const auto unit = static_cast<ArrowTimeUnit>(variant & 3);
  switch (type) {
    case NANOARROW_TYPE_TIMESTAMP:
      return must(ArrowSchemaSetTypeDateTime(schema, type, unit,
                                             (variant & 4) != 0 ? "UTC" : nullptr));
    case NANOARROW_TYPE_DURATION:
      return must(ArrowSchemaSetTypeDateTime(schema, type, unit, nullptr));
    case NANOARROW_TYPE_TIME64:
      return must(ArrowSchemaSetTypeDateTime(
          schema, type,
          (variant & 1) != 0 ? NANOARROW_TIME_UNIT_MICRO : NANOARROW_TIME_UNIT_NANO,
          nullptr));
    case NANOARROW_TYPE_DECIMAL128:
      return must(ArrowSchemaSetTypeDecimal(schema, type, 38, variant % 60 - 10));
    case NANOARROW_TYPE_LIST:
      must(ArrowSchemaSetType(schema, type));
      return must(ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_STRING));
    default:
      return must(ArrowSchemaSetType(schema, type));
  }
}

template <class T>
T number(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

ArrowStringView view_of(std::string_view bytes) {
  return {bytes.data(), static_cast<int64_t>(bytes.size())};
}

void append(ArrowArray* array, ArrowType type, std::string_view bytes) {
  switch (type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_BINARY:
      return must(ArrowArrayAppendString(array, view_of(bytes)));
    case NANOARROW_TYPE_UINT64:
      return must(ArrowArrayAppendUInt(array, number<uint64_t>(bytes)));
    case NANOARROW_TYPE_FLOAT:
      return must(ArrowArrayAppendDouble(array, double{number<float>(bytes)}));
    case NANOARROW_TYPE_DOUBLE:
      return must(ArrowArrayAppendDouble(array, number<double>(bytes)));
    case NANOARROW_TYPE_DATE32:
      return must(ArrowArrayAppendInt(array, number<int32_t>(bytes)));
    case NANOARROW_TYPE_DECIMAL128: {
      ArrowDecimal value;
      ArrowDecimalInit(&value, 128, 38, 0);
      const auto raw = number<std::array<uint8_t, 16>>(bytes);
      ArrowDecimalSetBytes(&value, raw.data());
      return must(ArrowArrayAppendDecimal(array, &value));
    }
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO: {
      const auto raw = number<std::array<int64_t, 2>>(bytes);
      ArrowInterval value;
      ArrowIntervalInit(&value, type);
      value.months = static_cast<int32_t>(raw[0]);
      value.days = static_cast<int32_t>(raw[0] >> 32);
      value.ns = raw[1];
      return must(ArrowArrayAppendInterval(array, &value));
    }
    case NANOARROW_TYPE_LIST:
      for (size_t at = 0; at < bytes.size(); at += 5) {
        must(ArrowArrayAppendString(array->children[0], view_of(bytes.substr(at, 5))));
      }
      return must(ArrowArrayFinishElement(array));
    default:
      return must(ArrowArrayAppendInt(array, number<int64_t>(bytes)));
  }
}

// The tokens around a literal in a statement are those of the statement.
void check_statement(const std::string& sql, const std::string& literal,
                     const SqlDialect& dialect) {
  const std::string expected = "select 'a' " + literal + " from t";
  if (sql != expected) fail("the statement changed", dialect, sql);
  SqlScanner scanner(sql, dialect);
  std::string last;
  std::string before_last;
  while (scanner.next() != SqlToken::kEnd) {
    before_last = std::exchange(last, std::string(scanner.text()));
  }
  if (last != "t" || before_last != "from" || scanner.ambiguous() ||
      scanner.unterminated() || has_several_statements(sql, dialect)) {
    fail("the literal broke out", dialect, sql);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const auto dialects = all_dialects();
  const SqlDialect& dialect = dialects[data[0] % dialects.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const ArrowType type = kTypes[data[1] % kTypes.size()];

  // One parameter named "p"; as a struct the bytes are the field's name.
  const bool nested = type == NANOARROW_TYPE_STRUCT;
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  must(ArrowSchemaSetTypeStruct(schema.get(), 1));
  ArrowSchema* column = schema->children[0];
  ArrowSchema* leaf = column;
  if (nested) {
    must(ArrowSchemaSetTypeStruct(column, 1));
    leaf = column->children[0];
    must(ArrowSchemaSetName(leaf, std::string(bytes).c_str()));
  }
  must(ArrowSchemaSetName(column, "p"));
  set_type(leaf, nested ? NANOARROW_TYPE_STRING : type, data[2]);
  UniqueArray array;
  must(ArrowArrayInitFromSchema(array.get(), schema.get(), nullptr));
  must(ArrowArrayStartAppending(array.get()));
  ArrowArray* values = array->children[0];
  append(nested ? values->children[0] : values, nested ? NANOARROW_TYPE_STRING : type,
         bytes);
  if (nested) must(ArrowArrayFinishElement(values));
  must(ArrowArrayFinishElement(array.get()));
  must(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  UniqueArrayView view;
  must(ArrowArrayViewInitFromSchema(view.get(), schema.get(), nullptr));
  must(ArrowArrayViewSetArray(view.get(), array.get(), nullptr));

  try {
    const std::string literal = render_literal(dialect, *column, *view->children[0], 0);
    if (!is_one_literal(literal, dialect)) fail("not one literal", dialect, literal);
    if (type == NANOARROW_TYPE_STRING && read_text_literal(literal, dialect) != bytes) {
      fail("the text changed", dialect, literal);
    }
    check_statement(
        render_parameters("select 'a'%(p)s from t", ParameterStyle::kPyformat, dialect,
                          *schema.get(), *view.get()),
        literal, dialect);
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented &&
        error.code() != Code::kInvalidArgument) {
      fail("an odd error", dialect, error.message());
    }
  }
  return 0;
}
