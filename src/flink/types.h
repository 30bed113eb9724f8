// SPDX-License-Identifier: Apache-2.0
// Flink's logical types: read from the JSON of a gateway's page, of Confluent's schema
// and from SQL text; written as SQL text and as an Arrow schema.
//
// Both servers name the roots as Flink's LogicalTypeRoot does; the gateway spells the
// parts elementType, fieldType, fractionalPrecision, Confluent element_type,
// field_type, fractional_precision. Either is read anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/owned.h"

namespace fletching::flink {

enum class Root : uint8_t {
  kNull,
  kBoolean,
  kTinyint,
  kSmallint,
  kInteger,
  kBigint,
  kFloat,
  kDouble,
  kDecimal,
  kChar,
  kVarchar,
  kBinary,
  kVarbinary,
  kDate,
  kTime,          // TIME_WITHOUT_TIME_ZONE
  kTimestamp,     // TIMESTAMP_WITHOUT_TIME_ZONE
  kTimestampLtz,  // TIMESTAMP_WITH_LOCAL_TIME_ZONE
  kIntervalYearMonth,
  kIntervalDayTime,
  kArray,
  kMultiset,
  kMap,
  kRow,
  kStructured,  // STRUCTURED_TYPE: on the wire like ROW
  kVariant,
  kOther,  // TIMESTAMP_WITH_TIME_ZONE, RAW, SYMBOL, and what comes after this was
           // written
};

struct Field;

// What a type has no use for keeps its default.
struct Type {
  // Of a VARCHAR or VARBINARY without a limit: STRING, BYTES.
  static constexpr int32_t kMaxLength = 2147483647;

  Root root = Root::kNull;
  bool nullable = true;
  int32_t length = kMaxLength;  // CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes
  int32_t precision = 0;        // DECIMAL, TIME, TIMESTAMP, TIMESTAMP_LTZ; intervals:
                                // digits of the first field
  int32_t scale = 0;            // DECIMAL
  int32_t fractional_precision = 0;  // INTERVAL DAY TO SECOND: digits of the second
  std::string resolution;            // intervals: "YEAR_TO_MONTH", "DAY", ...
  std::string name;                  // kOther: the root as sent; kStructured: the class
  std::vector<Field> fields;  // ROW: its fields; ARRAY, MULTISET: one, the element;
                              // MAP: two, key and value

  [[nodiscard]] const Type& element() const;
  [[nodiscard]] const Type& key() const;
  [[nodiscard]] const Type& value() const;
};

struct Field {
  std::string name;
  Type type;
  std::string comment;  // "" where there is none
};

using Columns = std::vector<Field>;

// The root as both servers name it: "TIMESTAMP_WITH_LOCAL_TIME_ZONE".
[[nodiscard]] std::string_view root_name(const Type& type);

// As Flink writes it, without NOT NULL at the outermost place: "DECIMAL(10, 2)",
// "STRING", "TIMESTAMP_LTZ(3)", "ROW<`a` INT NOT NULL, `b` STRING>".
[[nodiscard]] std::string sql_text(const Type& type);

// SQL text as people and DESCRIBE write it ("decimal(10,2)", "ARRAY<INT NOT NULL>",
// "TIMESTAMP(3) WITH LOCAL TIME ZONE", "INTERVAL DAY TO SECOND", "ROW(a INT)",
// "STRING NOT NULL"). The whole text must be one type: throws kInvalidArgument
// ("reading a Flink type: ...") for anything else, so that what sql_text() makes of the
// result is safe in a statement.
[[nodiscard]] Type parse_type(std::string_view sql);

// One type, or a list of columns, as JSON. Throws kInvalidData ("reading Flink's
// columns: ...") for what is none; an unknown root is no error but kOther.
[[nodiscard]] Type parse_type_json(std::string_view json);
// [{"name", "logicalType" or "type" {...}, "comment" or "description"}], or the object
// {"columns": [...]} of Confluent's traits.schema.
[[nodiscard]] Columns parse_columns_json(std::string_view json);

struct SchemaOptions {
  // The zone of TIMESTAMP_LTZ columns.
  std::string zone = "UTC";
};

// A struct of one field a column. The types:
//   ints, floats, bool, decimal128, date32 as they are; CHAR and VARCHAR utf8; BINARY
//   and VARBINARY binary; TIME(0), (1-3) time32 s, ms; (4-6), (7-9) time64 us, ns;
//   TIMESTAMP and TIMESTAMP_LTZ the same units; YEAR TO MONTH interval months; DAY TO
//   SECOND duration ms, us or ns by its fractional precision; ARRAY list; MAP and
//   MULTISET (element, count int32) map; ROW struct; VARIANT utf8 with the extension
//   arrow.json; NULL null.
// Each field's metadata holds "flink.type", its sql_text(); and "flink.comment", if it
// has one. Throws kNotImplemented naming column, type and a CAST that works for kOther.
[[nodiscard]] UniqueSchema arrow_schema(const Columns& columns,
                                        const SchemaOptions& options = {});

}  // namespace fletching::flink
