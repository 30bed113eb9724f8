// SPDX-License-Identifier: Apache-2.0
// What a server's SQL looks like, as data: how its text splits into tokens, which
// placeholder it takes, how a value is written. Server profiles name one of these.
//
// Each fact comes from the server's grammar, its documentation or a run of the engine;
// sql_dialect.cc says which. Where an answer is not known it is kUnknown, and text that
// depends on it is not rewritten: see SqlScanner::ambiguous().
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fletching {

enum class Answer : uint8_t { kNo, kYes, kUnknown };

// What a server takes for a bound value.
enum class Placeholder : uint8_t {
  kNone,          // cannot bind: values must be rendered here
  kQuestion,      // ?
  kDollarNumber,  // $1, may be repeated
  kDollarName,    // $name, may be repeated
  kColonName,     // :name, may be repeated
};

// How the server splits text into tokens.
struct LexicalRules {
  Answer backslash = Answer::kNo;  // \ escapes inside of '...' (and of "..." strings)
  bool double_quoted_strings = false;     // "x" is a string, not an identifier
  bool backslash_in_identifiers = false;  // of "x" and `x`
  bool bracket_identifiers = false;       // [x]
  bool escape_strings = false;            // E'\n'
  bool raw_strings = false;               // R'\'
  Answer dollar_quotes = Answer::kNo;     // $$x$$, $tag$x$tag$
  Answer nested_comments = Answer::kNo;
  Answer hash_comments = Answer::kNo;   // # to the end of the line
  bool hash_needs_blank = false;        // only "# " and "#!"
  Answer slash_comments = Answer::kNo;  // // to the end of the line
  bool continued_comments = false;      // a \ before the line's end continues --
  bool dollar_parameters = false;       // $1 and $name are parameters
};

// In every template below % stands for the value; an empty one: there is no such form.

// One way to write a date-time value with up to `digits` digits of a second's fraction.
struct TemporalForm {
  std::string_view text;
  uint8_t digits = 0;
  std::string_view type = {};  // for CAST
  bool epoch = false;          // % is the count of 10^-digits seconds since 1970
};

// Ordered by digits. The first that holds the column's unit is used, else the last one
// if the value itself has no more digits.
using TemporalForms = std::array<TemporalForm, 4>;

struct Years {
  int32_t first = 1;
  int32_t last = 9999;
};

enum class IntervalStyle : uint8_t {
  kNone,
  kWords,   // INTERVAL '1 MONTHS -2 DAYS 3.5 SECONDS'
  kFields,  // INTERVAL '14' MONTH, INTERVAL '-1 02:03:04.5' DAY TO SECOND
  kUnits,   // toIntervalMonth(14): one unit a value
};

enum class StructStyle : uint8_t {
  kNone,
  kBraces,       // {'a': 1}
  kNamedStruct,  // named_struct('a', 1)
  kRow,          // ROW(1), names are lost
};

struct LiteralForms {
  // Type names for CAST, by Arrow's type.
  struct Types {
    std::string_view boolean = "BOOLEAN";
    std::array<std::string_view, 4> ints = {"SMALLINT", "SMALLINT", "INTEGER",
                                            "BIGINT"};  // 8, 16, 32, 64 bits
    std::array<std::string_view, 4> uints = {"SMALLINT", "INTEGER", "BIGINT",
                                             "DECIMAL(20, 0)"};
    std::string_view real = "REAL";
    std::string_view float64 = "DOUBLE";
    std::string_view text = "VARCHAR";
    std::string_view binary = "VARBINARY";
    std::string_view date = "DATE";
    std::string_view decimal = "DECIMAL";
    std::string_view uuid = {};  // without one a UUID is text
  } types;

  std::string_view null = "NULL";  // with %: the type, where a bare NULL has no place
  std::string_view finite = "%";   // a number with an exponent
  std::string_view nan = "CAST('NaN' AS %)";  // % is the type, in these three
  std::string_view infinity = "CAST('Infinity' AS %)";
  std::string_view negative_infinity = "CAST('-Infinity' AS %)";
  // The server reads some numbers one unit in the last place off: those that it might
  // are written as an integer times or over powers of two, (3 / 8.0).
  bool scaled_floats = false;
  uint8_t decimal_digits = 38;  // most of a decimal; 0: no decimals
  bool bare_fraction = false;   // .5 and not 0.5 where the type has no digit for the 0

  bool backslash_quotes = false;  // ' is written \', not ''
  bool escape_dollar = false;     // ${x} inside of a string is replaced by the server

  std::string_view binary_hex = "X'%'";
  std::string_view binary_escaped = {};  // % is \xNN for each byte; preferred

  std::string_view date = "DATE '%'";
  TemporalForms time = {};
  TemporalForms timestamp = {};        // without a zone
  TemporalForms timestamp_zoned = {};  // % is in UTC
  Years date_years;
  Years timestamp_years;

  IntervalStyle interval = IntervalStyle::kNone;
  uint8_t interval_digits = 6;
  // For kFields, with the most digits of their first number. Without day_to_second an
  // interval is of days or of seconds, not both.
  std::string_view month_field = "MONTH", day_field = "DAY", second_field = "SECOND";
  std::string_view day_to_second_field = "DAY TO SECOND";
  uint8_t month_field_digits = 10, day_field_digits = 9;
  bool days_multiplied = false;  // more days than that: INTERVAL '1' DAY times so many
  std::string_view duration = {};  // % is the count, # Arrow's name of the unit

  std::string_view list_open = {}, list_close = {};
  std::string_view list_type = {};       // % is the item's type
  std::string_view nullable_item = "%";  // around an item's type
  StructStyle structs = StructStyle::kNone;
  std::string_view map_open = {}, map_close = {};
  bool map_of_lists = false;  // MAP([k], [v]) and not map(k, v, k, v)
};

struct SqlDialect {
  std::string_view name;
  std::string_view identifier_quotes;  // opening ones; the first is for writing
  Placeholder placeholder = Placeholder::kQuestion;
  LexicalRules lexical;
  LiteralForms literals;
};

// For a server that nobody knows: standard SQL, and unknown where servers differ.
[[nodiscard]] const SqlDialect& generic_dialect() noexcept;

// "generic", "ansi", "datafusion", "duckdb", "sqlite", "spark" ("iomete"), "dremio",
// "starrocks", "doris", "clickhouse", "flink", in any case; null for another name.
[[nodiscard]] const SqlDialect* find_dialect(std::string_view name) noexcept;

// All of them, generic first.
[[nodiscard]] std::span<const SqlDialect> all_dialects() noexcept;

// The identifier in the dialect's quotes, those inside doubled (and backslashes, where
// they escape). Throws kInvalidArgument for an empty name, and for a name that cannot
// be quoted safely: with NUL, or a backslash where its meaning is unknown.
[[nodiscard]] std::string quote_identifier(std::string_view name,
                                           const SqlDialect& dialect);

// A table's name, its catalog and schema before it where they are given and not empty.
[[nodiscard]] std::string quote_table(const std::optional<std::string>& catalog,
                                      const std::optional<std::string>& schema,
                                      std::string_view table,
                                      const SqlDialect& dialect);

}  // namespace fletching
