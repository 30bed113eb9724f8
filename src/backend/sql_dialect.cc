// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_dialect.h"

#include <algorithm>

#include "fletching/error.h"

namespace fletching {
namespace {

// Standard SQL. CAST rather than TIMESTAMP WITH TIME ZONE '...', which fewer read.
SqlDialect make_ansi() {
  SqlDialect ansi;
  ansi.name = "ansi";
  ansi.identifier_quotes = "\"";
  LiteralForms& forms = ansi.literals;
  forms.types.float64 = "DOUBLE PRECISION";
  forms.types.uuid = "UUID";
  // No more than microseconds: PostgreSQL for one rounds what is finer.
  forms.time = {{{"TIME '%'", 6, "TIME"}}};
  forms.timestamp = {{{"TIMESTAMP '%'", 6, "TIMESTAMP"}}};
  forms.timestamp_zoned = {
      {{"CAST('%+00:00' AS TIMESTAMP WITH TIME ZONE)", 6, "TIMESTAMP WITH TIME ZONE"}}};
  forms.interval = IntervalStyle::kFields;
  // PostgreSQL reads the sign of '-1 02:03' as the days' alone.
  forms.day_to_second_field = "";
  forms.list_open = "ARRAY[";
  forms.list_close = "]";
  return ansi;
}

SqlDialect make_generic() {
  SqlDialect generic = make_ansi();
  generic.name = "generic";
  LexicalRules& rules = generic.lexical;
  rules.backslash = Answer::kUnknown;
  rules.escape_strings = true;
  rules.dollar_quotes = Answer::kUnknown;
  rules.nested_comments = Answer::kUnknown;
  rules.hash_comments = Answer::kUnknown;
  rules.slash_comments = Answer::kUnknown;
  rules.dollar_parameters = true;
  return generic;
}

// DataFusion 55, run: lexer of sqlparser-rs' generic dialect; arrow_cast keeps every
// unit, where TIMESTAMP '...' is always of nanoseconds and ends in 2262.
SqlDialect make_datafusion() {
  SqlDialect d;
  d.name = "datafusion";
  d.identifier_quotes = "\"`";
  d.placeholder = Placeholder::kDollarNumber;
  d.lexical.escape_strings = true;
  d.lexical.dollar_quotes = Answer::kYes;
  d.lexical.nested_comments = Answer::kYes;
  d.lexical.dollar_parameters = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"};
  forms.types.uints = {"TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INTEGER UNSIGNED",
                       "BIGINT UNSIGNED"};
  forms.types.binary = "BYTEA";
  forms.decimal_digits = 76;
  forms.time = {{{"arrow_cast('%', 'Time64(Microsecond)')", 6},
                 {"arrow_cast('%', 'Time64(Nanosecond)')", 9, "TIME"}}};
  forms.timestamp = {{{"arrow_cast('%', 'Timestamp(Second, None)')", 0},
                      {"arrow_cast('%', 'Timestamp(Millisecond, None)')", 3},
                      {"arrow_cast('%', 'Timestamp(Microsecond, None)')", 6},
                      {"arrow_cast('%', 'Timestamp(Nanosecond, None)')", 9}}};
  forms.timestamp_zoned = {
      {{"arrow_cast('%Z', 'Timestamp(Second, Some(\"+00:00\"))')", 0},
       {"arrow_cast('%Z', 'Timestamp(Millisecond, Some(\"+00:00\"))')", 3},
       {"arrow_cast('%Z', 'Timestamp(Microsecond, Some(\"+00:00\"))')", 6},
       {"arrow_cast('%Z', 'Timestamp(Nanosecond, Some(\"+00:00\"))')", 9}}};
  forms.interval = IntervalStyle::kWords;
  forms.interval_digits = 9;
  forms.duration = "arrow_cast(%, 'Duration(#)')";
  forms.list_open = "make_array(";
  forms.list_close = ")";
  forms.list_type = "%[]";
  forms.structs = StructStyle::kNamedStruct;
  forms.map_open = "MAP(";
  forms.map_close = ")";
  forms.map_of_lists = true;
  return d;
}

// DuckDB 2.0, run. X'..' is no blob in 1.x, '\xNN' is one in both.
SqlDialect make_duckdb() {
  SqlDialect d;
  d.name = "duckdb";
  d.identifier_quotes = "\"";
  d.placeholder = Placeholder::kDollarNumber;
  d.lexical.escape_strings = true;
  d.lexical.dollar_quotes = Answer::kYes;
  d.lexical.nested_comments = Answer::kYes;
  d.lexical.dollar_parameters = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"};
  forms.types.uints = {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};
  forms.types.binary = "BLOB";
  forms.types.uuid = "UUID";
  forms.binary_escaped = "CAST('%' AS BLOB)";
  forms.time = {{{"TIME '%'", 6, "TIME"}}};
  forms.timestamp = {{{"TIMESTAMP '%'", 6, "TIMESTAMP"},
                      {"CAST('%' AS TIMESTAMP_NS)", 9, "TIMESTAMP_NS"}}};
  forms.timestamp_zoned = {{{"CAST('%+00:00' AS TIMESTAMPTZ)", 6, "TIMESTAMPTZ"}}};
  forms.interval = IntervalStyle::kWords;
  forms.list_open = "[";
  forms.list_close = "]";
  forms.list_type = "%[]";
  forms.structs = StructStyle::kBraces;
  forms.map_open = "MAP(";
  forms.map_close = ")";
  forms.map_of_lists = true;
  return d;
}

// SQLite 3.40, run: dates and times are text (sqlite.org/lang_datefunc.html), there are
// no decimals, NaN becomes NULL, integers have 64 bits with a sign, and of numbers with
// a fraction one in ten thousand is not read as the nearest double.
SqlDialect make_sqlite() {
  SqlDialect d;
  d.name = "sqlite";
  d.identifier_quotes = "\"`[";
  d.lexical.bracket_identifiers = true;
  d.lexical.dollar_parameters = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"INTEGER", "INTEGER", "INTEGER", "INTEGER"};
  forms.types.uints = {"INTEGER", "INTEGER", "INTEGER", ""};
  forms.types.float64 = "REAL";
  forms.types.text = "TEXT";
  forms.types.binary = "BLOB";
  forms.nan = "";
  forms.infinity = "9e999";
  forms.negative_infinity = "(-9e999)";
  forms.scaled_floats = true;
  forms.decimal_digits = 0;
  forms.date = "'%'";
  forms.time = {{{"'%'", 9}}};
  forms.timestamp = {{{"'%'", 9}}};
  forms.timestamp_zoned = {{{"'%+00:00'", 9}}};
  return d;
}

// Spark 3.4 and later, from SqlBaseLexer.g4 and its reference of literals. ${x} is
// replaced in the text before it is parsed (spark.sql.variable.substitute).
SqlDialect make_spark() {
  SqlDialect d;
  d.name = "spark";
  d.identifier_quotes = "`";
  d.lexical.backslash = Answer::kYes;
  d.lexical.double_quoted_strings = true;
  d.lexical.raw_strings = true;
  d.lexical.nested_comments = Answer::kYes;
  d.lexical.continued_comments = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"TINYINT", "SMALLINT", "INT", "BIGINT"};
  forms.types.uints = {"SMALLINT", "INT", "BIGINT", "DECIMAL(20, 0)"};
  forms.types.real = "FLOAT";
  forms.types.text = "STRING";
  forms.types.binary = "BINARY";
  forms.finite = "%D";
  forms.backslash_quotes = true;
  forms.escape_dollar = true;
  forms.timestamp = {{{"TIMESTAMP_NTZ '%'", 6, "TIMESTAMP_NTZ"}}};
  forms.timestamp_zoned = {{{"TIMESTAMP '%+00:00'", 6, "TIMESTAMP"}}};
  forms.interval = IntervalStyle::kFields;
  forms.list_open = "array(";
  forms.list_close = ")";
  forms.list_type = "ARRAY<%>";
  forms.structs = StructStyle::kNamedStruct;
  forms.map_open = "map(";
  forms.map_close = ")";
  return d;
}

// Calcite's Parser.jj, which Dremio and Flink share: // is a comment, /* does not nest,
// a bare NULL has no type, the precision of an interval's first field must be said.
SqlDialect make_calcite(std::string_view name) {
  SqlDialect d;
  d.name = name;
  d.lexical.slash_comments = Answer::kYes;
  LiteralForms& forms = d.literals;
  forms.null = "CAST(NULL AS %)";
  forms.interval = IntervalStyle::kFields;
  forms.interval_digits = 3;
  return d;
}

// Dremio's reference of types: instants are in UTC without a zone, of milliseconds.
SqlDialect make_dremio() {
  SqlDialect d = make_calcite("dremio");
  d.identifier_quotes = "\"";
  LiteralForms& forms = d.literals;
  forms.types.ints = {"INTEGER", "INTEGER", "INTEGER", "BIGINT"};
  forms.types.uints = {"INTEGER", "INTEGER", "BIGINT", "DECIMAL(20, 0)"};
  forms.types.real = "FLOAT";
  forms.time = {{{"TIME '%'", 3, "TIME"}}};
  forms.timestamp = {{{"TIMESTAMP '%'", 3, "TIMESTAMP"}}};
  forms.timestamp_zoned = forms.timestamp;
  forms.month_field = "MONTH(9)";
  forms.day_to_second_field = "DAY(9) TO SECOND(3)";
  forms.month_field_digits = 9;
  forms.list_open = "ARRAY[";
  forms.list_close = "]";
  return d;
}

// Flink 1.20's reference of types and functions, and runs of 2.3: days have three
// digits at most, and CAST('0.1' AS DECIMAL(1, 1)) overflows. A zoned text would be
// read in the session's zone, so an instant is written as its epoch, which takes
// milliseconds.
SqlDialect make_flink() {
  SqlDialect d = make_calcite("flink");
  d.identifier_quotes = "`";
  d.placeholder = Placeholder::kNone;
  d.lexical.escape_strings = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"TINYINT", "SMALLINT", "INT", "BIGINT"};
  forms.types.uints = {"SMALLINT", "INT", "BIGINT", "DECIMAL(20, 0)"};
  forms.types.real = "FLOAT";
  forms.types.text = "STRING";
  forms.types.binary = "BYTES";
  forms.time = {{{"TIME '%'", 3, "TIME"}}};
  forms.timestamp = {{{"TIMESTAMP '%'", 9, "TIMESTAMP(9)"}}};
  forms.timestamp_zoned = {{{"TO_TIMESTAMP_LTZ(%, 3)", 3, "TIMESTAMP_LTZ(3)", true}}};
  forms.month_field = "MONTH(6)";
  forms.day_field = "DAY(3)";
  forms.day_to_second_field = "DAY(3) TO SECOND(3)";
  forms.month_field_digits = 6;
  forms.day_field_digits = 3;
  forms.days_multiplied = true;
  forms.bare_fraction = true;
  forms.list_open = "ARRAY[";
  forms.list_close = "]";
  forms.list_type = "ARRAY<%>";
  forms.structs = StructStyle::kRow;
  forms.map_open = "MAP[";
  forms.map_close = "]";
  return d;
}

SqlDialect make_mysql_like(std::string_view name) {
  SqlDialect d;
  d.name = name;
  d.identifier_quotes = "`";
  d.lexical.backslash = Answer::kYes;
  d.lexical.double_quoted_strings = true;
  LiteralForms& forms = d.literals;
  forms.types.ints = {"TINYINT", "SMALLINT", "INT", "BIGINT"};
  forms.types.uints = {"SMALLINT", "INT", "BIGINT", "LARGEINT"};
  forms.types.real = "FLOAT";
  forms.types.text = "STRING";
  forms.nan = forms.infinity = forms.negative_infinity = "";
  forms.list_type = "ARRAY<%>";
  forms.structs = StructStyle::kNamedStruct;
  forms.map_open = "map(";
  forms.map_close = ")";
  return d;
}

// StarRocksLex.g4 (3.x, 4.x). $$x$$ has no tag; a DATETIME has no zone at all.
SqlDialect make_starrocks() {
  SqlDialect d = make_mysql_like("starrocks");
  d.lexical.dollar_quotes = Answer::kYes;
  LiteralForms& forms = d.literals;
  forms.timestamp = {{{"CAST('%' AS DATETIME)", 6, "DATETIME"}}};
  forms.list_open = "[";
  forms.list_close = "]";
  return d;
}

// DorisLexer.g4 (2.1 and later).
SqlDialect make_doris() {
  SqlDialect d = make_mysql_like("doris");
  d.lexical.raw_strings = true;
  d.lexical.nested_comments = Answer::kYes;
  d.lexical.continued_comments = true;
  LiteralForms& forms = d.literals;
  forms.binary_hex = "UNHEX('%')";
  forms.timestamp = {{{"CAST('%' AS DATETIME(6))", 6, "DATETIME(6)"}}};
  forms.list_open = "array(";
  forms.list_close = ")";
  return d;
}

// ClickHouse 26.9, run (chdb). Strings are bytes; Date32 and DateTime64 end where
// documented and are clamped in silence beyond.
SqlDialect make_clickhouse() {
  SqlDialect d;
  d.name = "clickhouse";
  d.identifier_quotes = "`\"";
  d.lexical.backslash = Answer::kYes;
  d.lexical.backslash_in_identifiers = true;
  d.lexical.dollar_quotes = Answer::kYes;
  d.lexical.nested_comments = Answer::kYes;
  d.lexical.hash_comments = Answer::kYes;
  d.lexical.hash_needs_blank = true;
  d.lexical.slash_comments = Answer::kYes;
  LiteralForms& forms = d.literals;
  forms.types.boolean = "Bool";
  forms.types.ints = {"Int8", "Int16", "Int32", "Int64"};
  forms.types.uints = {"UInt8", "UInt16", "UInt32", "UInt64"};
  forms.types.real = "Float32";
  forms.types.float64 = "Float64";
  forms.types.text = forms.types.binary = "String";
  forms.types.date = "Date32";
  forms.types.decimal = "Decimal";
  forms.types.uuid = "UUID";
  forms.nan = "CAST('nan' AS %)";
  forms.infinity = "CAST('inf' AS %)";
  forms.negative_infinity = "CAST('-inf' AS %)";
  forms.decimal_digits = 76;
  forms.binary_hex = "unhex('%')";
  forms.date = "CAST('%' AS Date32)";
  forms.timestamp = {{{"CAST('%' AS DateTime64(0))", 0, "DateTime64(0)"},
                      {"CAST('%' AS DateTime64(3))", 3, "DateTime64(3)"},
                      {"CAST('%' AS DateTime64(6))", 6, "DateTime64(6)"},
                      {"CAST('%' AS DateTime64(9))", 9, "DateTime64(9)"}}};
  forms.timestamp_zoned = {
      {{"CAST('%' AS DateTime64(0, 'UTC'))", 0, "DateTime64(0, 'UTC')"},
       {"CAST('%' AS DateTime64(3, 'UTC'))", 3, "DateTime64(3, 'UTC')"},
       {"CAST('%' AS DateTime64(6, 'UTC'))", 6, "DateTime64(6, 'UTC')"},
       {"CAST('%' AS DateTime64(9, 'UTC'))", 9, "DateTime64(9, 'UTC')"}}};
  forms.date_years = forms.timestamp_years = {1900, 2299};
  forms.interval = IntervalStyle::kUnits;
  forms.interval_digits = 9;
  forms.list_open = "[";
  forms.list_close = "]";
  forms.list_type = "Array(%)";
  forms.nullable_item = "Nullable(%)";
  forms.map_open = "map(";
  forms.map_close = ")";
  return d;
}

using Table = std::array<SqlDialect, 11>;

const Table& table() noexcept {
  // Views of string literals alone, so making it allocates nothing and cannot throw.
  static const Table dialects = {make_generic(), make_ansi(),      make_datafusion(),
                                 make_duckdb(),  make_sqlite(),    make_spark(),
                                 make_dremio(),  make_flink(),     make_starrocks(),
                                 make_doris(),   make_clickhouse()};
  return dialects;
}

bool same_name(std::string_view text, std::string_view name) noexcept {
  return std::equal(
      text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
      });
}

[[noreturn]] void refuse_identifier(const std::string& what) {
  throw Error(Code::kInvalidArgument, "quoting an identifier: " + what);
}

}  // namespace

const SqlDialect& generic_dialect() noexcept { return table()[0]; }

std::span<const SqlDialect> all_dialects() noexcept { return table(); }

const SqlDialect* find_dialect(std::string_view name) noexcept {
  if (same_name(name, "iomete")) name = "spark";
  for (const SqlDialect& dialect : table()) {
    if (same_name(name, dialect.name)) return &dialect;
  }
  return nullptr;
}

std::string quote_identifier(std::string_view name, const SqlDialect& dialect) {
  if (name.empty()) refuse_identifier("the name is empty");
  if (name.find('\0') != std::string_view::npos) {
    refuse_identifier("the name holds a NUL character");
  }
  const char open = dialect.identifier_quotes.front();
  const LexicalRules& rules = dialect.lexical;
  if (rules.backslash == Answer::kUnknown &&
      name.find('\\') != std::string_view::npos) {
    refuse_identifier(
        "the name holds a backslash, which this server may read as an "
        "escape (name the server's profile)");
  }
  std::string quoted(1, open);
  for (const char c : name) {
    if (c == open || (c == '\\' && rules.backslash_in_identifiers)) quoted += c;
    quoted += c;
  }
  return quoted += open;
}

std::string quote_table(const std::optional<std::string>& catalog,
                        const std::optional<std::string>& schema,
                        std::string_view table, const SqlDialect& dialect) {
  std::string name;
  for (const auto& place : {catalog, schema}) {
    if (place && !place->empty()) name += quote_identifier(*place, dialect) + ".";
  }
  return name + quote_identifier(table, dialect);
}

}  // namespace fletching
