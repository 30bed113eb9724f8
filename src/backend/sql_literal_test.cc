// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_literal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "backend/sql_literal_shape.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using ::testing::HasSubstr;

const SqlDialect& dialect(const std::string& name) {
  const SqlDialect* found = find_dialect(name);
  if (found == nullptr) throw std::runtime_error(name);
  return *found;
}

void must(ArrowErrorCode code) {
  if (code != NANOARROW_OK)
    throw std::runtime_error("nanoarrow " + std::to_string(code));
}

// A column with the schema that outlives its view.
struct Column {
  UniqueSchema schema;
  UniqueArray array;
  UniqueArrayView view;

  void finish() {
    ArrowError error;
    if (ArrowArrayFinishBuildingDefault(array.get(), &error) != NANOARROW_OK) {
      throw std::runtime_error(error.message);
    }
    look();
  }
  void look() {
    view.reset();
    must(ArrowArrayViewInitFromSchema(view.get(), schema.get(), nullptr));
    must(ArrowArrayViewSetArray(view.get(), array.get(), nullptr));
  }
  [[nodiscard]] std::string literal(const std::string& name, int64_t row = 0) const {
    const std::string sql =
        render_literal(dialect(name), *schema.get(), *view.get(), row);
    EXPECT_TRUE(is_one_literal(sql, dialect(name))) << name << ": " << sql;
    return sql;
  }
  [[nodiscard]] Error refusal(const std::string& name, int64_t row = 0) const {
    try {
      ADD_FAILURE() << render_literal(dialect(name), *schema.get(), *view.get(), row);
    } catch (const Error& error) {
      return error;
    }
    return Error(Code::kUnknown, "nothing was refused");
  }
};

Column column(const std::function<void(ArrowSchema*)>& type,
              const std::function<void(ArrowArray*)>& values) {
  Column c;
  ArrowSchemaInit(c.schema.get());
  type(c.schema.get());
  must(ArrowArrayInitFromSchema(c.array.get(), c.schema.get(), nullptr));
  must(ArrowArrayStartAppending(c.array.get()));
  values(c.array.get());
  c.finish();
  return c;
}

auto of(ArrowType type) {
  return [type](ArrowSchema* s) { must(ArrowSchemaSetType(s, type)); };
}
auto timed(ArrowType type, ArrowTimeUnit unit, const char* zone = nullptr) {
  return [=](ArrowSchema* s) { must(ArrowSchemaSetTypeDateTime(s, type, unit, zone)); };
}
auto ints(std::vector<int64_t> values) {
  return [values](ArrowArray* a) {
    for (const int64_t v : values) must(ArrowArrayAppendInt(a, v));
  };
}
auto text(std::string value) {
  return [value](ArrowArray* a) {
    must(ArrowArrayAppendString(a, {value.data(), static_cast<int64_t>(value.size())}));
  };
}
Column string_of(const std::string& value) {
  return column(of(NANOARROW_TYPE_STRING), text(value));
}

TEST(SqlLiteral, IntegersAreExactToBothEnds) {
  const Column c = column(of(NANOARROW_TYPE_INT64),
                          ints({0, 5, -5, std::numeric_limits<int64_t>::max(),
                                std::numeric_limits<int64_t>::min()}));
  EXPECT_EQ(c.literal("duckdb", 0), "0");
  EXPECT_EQ(c.literal("duckdb", 2), "(-5)");
  EXPECT_EQ(c.literal("duckdb", 3), "9223372036854775807");
  EXPECT_EQ(c.literal("flink", 4), "CAST('-9223372036854775808' AS BIGINT)");
  EXPECT_EQ(c.literal("clickhouse", 4), "CAST('-9223372036854775808' AS Int64)");

  const Column u = column(of(NANOARROW_TYPE_UINT64), [](ArrowArray* a) {
    must(ArrowArrayAppendUInt(a, UINT64_MAX));
  });
  EXPECT_EQ(u.literal("duckdb"), "CAST('18446744073709551615' AS UBIGINT)");
  EXPECT_EQ(u.literal("spark"), "CAST('18446744073709551615' AS DECIMAL(20, 0))");
  EXPECT_EQ(u.refusal("sqlite").code(), Code::kNotImplemented);
}

TEST(SqlLiteral, FloatsAreTheShortestTextWithAnExponent) {
  const Column c = column(of(NANOARROW_TYPE_DOUBLE), [](ArrowArray* a) {
    for (const double v : {1.5, 0.1, 5e-324, -1.7976931348623157e308, -0.0, 0.0}) {
      must(ArrowArrayAppendDouble(a, v));
    }
    must(ArrowArrayAppendDouble(a, std::nan("")));
    must(ArrowArrayAppendDouble(a, HUGE_VAL));
    must(ArrowArrayAppendDouble(a, -HUGE_VAL));
  });
  EXPECT_EQ(c.literal("duckdb", 0), "1.5e+00");
  EXPECT_EQ(c.literal("spark", 0), "1.5e+00D");
  EXPECT_EQ(c.literal("duckdb", 1), "1e-01");
  EXPECT_EQ(c.literal("duckdb", 2), "5e-324");
  EXPECT_EQ(c.literal("duckdb", 3), "(-1.7976931348623157e+308)");
  EXPECT_EQ(c.literal("duckdb", 4), "CAST('-0.0' AS DOUBLE)");
  EXPECT_EQ(c.literal("duckdb", 5), "0e+00");
  EXPECT_EQ(c.literal("duckdb", 6), "CAST('NaN' AS DOUBLE)");
  EXPECT_EQ(c.literal("sqlite", 8), "(-9e999)");
  EXPECT_EQ(c.refusal("sqlite", 6).code(), Code::kNotImplemented);
  EXPECT_THAT(c.refusal("starrocks", 7).message(), HasSubstr("infinity"));

  // SQLite does not read every number as the nearest double.
  EXPECT_EQ(c.literal("sqlite", 0), "1.5e+00");
  EXPECT_EQ(c.literal("sqlite", 1), "1e-01");
  EXPECT_THAT(c.literal("sqlite", 2), ::testing::StartsWith("(1 / 11529"));
  EXPECT_THAT(c.literal("sqlite", 3), ::testing::StartsWith("(-9007199254740991 * "));

  const Column many = column(of(NANOARROW_TYPE_DOUBLE), [](ArrowArray* a) {
    must(ArrowArrayAppendDouble(a, 0.30000000000000004));
    must(ArrowArrayAppendDouble(a, 4522504472653889.0));
  });
  EXPECT_EQ(many.literal("sqlite", 0), "(1351079888211149 / 4503599627370496.0)");
  EXPECT_EQ(many.literal("sqlite", 1), "(4522504472653889.0)");
  EXPECT_EQ(many.literal("duckdb", 0), "3.0000000000000004e-01");

  const Column f = column(of(NANOARROW_TYPE_FLOAT), [](ArrowArray* a) {
    must(ArrowArrayAppendDouble(a, static_cast<double>(1.1F)));
  });
  EXPECT_EQ(f.literal("duckdb"), "CAST(1.100000023841858e+00 AS REAL)");
}

TEST(SqlLiteral, DecimalsKeepScaleAndPrecision) {
  const auto decimal = [](ArrowType type, int32_t bits, int32_t precision,
                          int32_t scale, const std::string& digits) {
    return column(
        [=](ArrowSchema* s) {
          must(ArrowSchemaSetTypeDecimal(s, type, precision, scale));
        },
        [=](ArrowArray* a) {
          ArrowDecimal value;
          ArrowDecimalInit(&value, bits, precision, scale);
          must(ArrowDecimalSetDigits(
              &value, {digits.data(), static_cast<int64_t>(digits.size())}));
          must(ArrowArrayAppendDecimal(a, &value));
        });
  };
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL128, 128, 10, 2, "150").literal("duckdb"),
            "CAST('1.50' AS DECIMAL(10, 2))");
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL32, 32, 5, 5, "-7").literal("duckdb"),
            "CAST('-0.00007' AS DECIMAL(5, 5))");
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL32, 32, 5, 5, "-7").literal("flink"),
            "CAST('-.00007' AS DECIMAL(5, 5))");
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL32, 32, 6, 5, "-7").literal("flink"),
            "CAST('-0.00007' AS DECIMAL(6, 5))");
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL64, 64, 3, 0, "0").literal("duckdb"),
            "CAST('0' AS DECIMAL(3, 0))");
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL128, 128, 3, -2, "150").literal("duckdb"),
            "CAST('15000' AS DECIMAL(5, 0))");
  const std::string wide(60, '9');
  const Column big = decimal(NANOARROW_TYPE_DECIMAL256, 256, 76, 4, wide);
  EXPECT_EQ(big.literal("datafusion"),
            "CAST('" + wide.substr(4) + ".9999' AS DECIMAL(76, 4))");
  EXPECT_THAT(big.refusal("duckdb").message(), HasSubstr("60 digits"));
  EXPECT_EQ(decimal(NANOARROW_TYPE_DECIMAL256, 256, 76, 4, "12345").literal("duckdb"),
            "CAST('1.2345' AS DECIMAL(5, 4))");
  EXPECT_EQ(big.refusal("sqlite").code(), Code::kNotImplemented);
}

TEST(SqlLiteral, TextIsQuotedByTheDialect) {
  EXPECT_EQ(string_of("it's").literal("duckdb"), "'it''s'");
  EXPECT_EQ(string_of("it's").literal("spark"), "'it\\'s'");
  EXPECT_EQ(string_of("a\\").literal("duckdb"), "'a\\'");
  EXPECT_EQ(string_of("a\\").literal("starrocks"), "'a\\\\'");
  EXPECT_EQ(string_of("${user}").literal("spark"), "'\\u0024{user}'");
  EXPECT_EQ(string_of("").literal("clickhouse"), "''");
  EXPECT_EQ(string_of("\xc3\xa9 \xf0\x9f\x98\x80\n\t").literal("duckdb"),
            "'\xc3\xa9 \xf0\x9f\x98\x80\n\t'");
}

TEST(SqlLiteral, HostileTextReadsBackAsItself) {
  const std::vector<std::string> pieces = {
      "'",  "\"", "`",  "\\", "--", "/*", "*/", ";", "$$", "$",  "\n",      "#",
      "//", "E'", "R'", "a",  "]",  "{",  "%",  "?", ":a", "\r", "\xc3\xa9"};
  for (const SqlDialect& d : all_dialects()) {
    for (const std::string& a : pieces) {
      for (const std::string& b : pieces) {
        for (const std::string& c : pieces) {
          const std::string value = a + b + c;
          std::string sql;
          if (d.lexical.backslash == Answer::kUnknown &&
              value.find('\\') != std::string::npos) {
            EXPECT_THROW(append_text_literal(sql, value, d), Error);
            continue;
          }
          append_text_literal(sql, value, d);
          ASSERT_TRUE(is_one_literal(sql, d)) << d.name << " " << sql;
          ASSERT_EQ(read_text_literal(sql, d), value) << d.name << " " << sql;
        }
      }
    }
  }
}

TEST(SqlLiteral, TextThatSqlCannotHoldIsRefused) {
  EXPECT_EQ(string_of(std::string("a\0b", 3)).refusal("duckdb").code(),
            Code::kInvalidArgument);
  EXPECT_EQ(string_of("\xff").refusal("duckdb").code(), Code::kInvalidArgument);
  EXPECT_THAT(string_of("c:\\dir").refusal("generic").message(), HasSubstr("profile"));
}

TEST(SqlLiteral, BytesAndUuids) {
  const auto bytes = [](ArrowArray* a) {
    const uint8_t data[] = {0, 0xFF, '\''};
    must(ArrowArrayAppendBytes(a, {{data}, 3}));
  };
  const Column c = column(of(NANOARROW_TYPE_BINARY), bytes);
  EXPECT_EQ(c.literal("sqlite"), "X'00FF27'");
  EXPECT_EQ(c.literal("duckdb"), "CAST('\\x00\\xFF\\x27' AS BLOB)");
  EXPECT_EQ(c.literal("clickhouse"), "unhex('00FF27')");
  EXPECT_EQ(column(of(NANOARROW_TYPE_LARGE_BINARY), bytes).literal("datafusion"),
            "X'00FF27'");
  EXPECT_EQ(column(of(NANOARROW_TYPE_BINARY_VIEW), bytes).literal("spark"),
            "X'00FF27'");

  const Column uuid = column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetTypeFixedSize(s, NANOARROW_TYPE_FIXED_SIZE_BINARY, 16));
        nanoarrow::UniqueBuffer metadata;
        must(ArrowMetadataBuilderInit(metadata.get(), nullptr));
        must(ArrowMetadataBuilderAppend(metadata.get(),
                                        ArrowCharView("ARROW:extension:name"),
                                        ArrowCharView("arrow.uuid")));
        must(ArrowSchemaSetMetadata(s, reinterpret_cast<char*>(metadata->data)));
      },
      [](ArrowArray* a) {
        must(ArrowArrayAppendBytes(a, {{"\x00\x01\x02\x03\x04\x05\x06\x07"
                                        "\x08\x09\x0a\x0b\x0c\x0d\x0e\xff"},
                                       16}));
      });
  EXPECT_EQ(uuid.literal("duckdb"),
            "CAST('00010203-0405-0607-0809-0a0b0c0d0eff' AS UUID)");
  EXPECT_EQ(uuid.literal("spark"), "'00010203-0405-0607-0809-0a0b0c0d0eff'");
}

TEST(SqlLiteral, DatesAndTheirLimits) {
  const Column c = column(of(NANOARROW_TYPE_DATE32),
                          ints({0, 18321, -719162, -719163, 2932896, 2932897, -25568}));
  EXPECT_EQ(c.literal("duckdb", 0), "DATE '1970-01-01'");
  EXPECT_EQ(c.literal("duckdb", 1), "DATE '2020-02-29'");
  EXPECT_EQ(c.literal("duckdb", 2), "DATE '0001-01-01'");
  EXPECT_EQ(c.refusal("duckdb", 3).code(), Code::kNotImplemented);
  EXPECT_EQ(c.literal("duckdb", 4), "DATE '9999-12-31'");
  EXPECT_EQ(c.refusal("duckdb", 5).code(), Code::kNotImplemented);
  EXPECT_THAT(c.refusal("clickhouse", 6).message(), HasSubstr("1900 to 2299"));
  EXPECT_EQ(c.literal("sqlite", 1), "'2020-02-29'");
  const Column ms = column(of(NANOARROW_TYPE_DATE64), ints({86400000, 86400001}));
  EXPECT_EQ(ms.literal("spark", 0), "DATE '1970-01-02'");
  EXPECT_EQ(ms.refusal("spark", 1).code(), Code::kInvalidArgument);
}

TEST(SqlLiteral, TimesKeepEveryDigitOrAreRefused) {
  const Column ns =
      column(timed(NANOARROW_TYPE_TIME64, NANOARROW_TIME_UNIT_NANO),
             ints({45296123456789, 45296123456000, 86400000000000, -1000}));
  EXPECT_EQ(ns.literal("datafusion", 0),
            "arrow_cast('12:34:56.123456789', 'Time64(Nanosecond)')");
  EXPECT_THAT(ns.refusal("duckdb", 0).message(), HasSubstr("keeps 6"));
  EXPECT_EQ(ns.literal("duckdb", 1), "TIME '12:34:56.123456'");
  EXPECT_EQ(ns.refusal("duckdb", 2).code(), Code::kInvalidArgument);
  EXPECT_EQ(ns.refusal("duckdb", 3).code(), Code::kInvalidArgument);
  const Column s =
      column(timed(NANOARROW_TYPE_TIME32, NANOARROW_TIME_UNIT_SECOND), ints({3661}));
  EXPECT_EQ(s.literal("duckdb"), "TIME '01:01:01'");
  EXPECT_THAT(s.refusal("spark").message(), HasSubstr("spark"));
}

TEST(SqlLiteral, TimestampsKeepUnitAndInstant) {
  const auto stamp = [](ArrowTimeUnit unit, const char* zone, int64_t value) {
    return column(timed(NANOARROW_TYPE_TIMESTAMP, unit, zone), ints({value}));
  };
  const Column ns = stamp(NANOARROW_TIME_UNIT_NANO, nullptr, 1577882096123456789);
  EXPECT_EQ(ns.literal("duckdb"),
            "CAST('2020-01-01 12:34:56.123456789' AS TIMESTAMP_NS)");
  EXPECT_EQ(
      ns.literal("datafusion"),
      "arrow_cast('2020-01-01 12:34:56.123456789', 'Timestamp(Nanosecond, None)')");
  EXPECT_EQ(ns.literal("flink"), "TIMESTAMP '2020-01-01 12:34:56.123456789'");
  EXPECT_EQ(ns.refusal("spark").code(), Code::kNotImplemented);
  const Column us = stamp(NANOARROW_TIME_UNIT_MICRO, "Europe/Paris", -1);
  EXPECT_EQ(us.literal("duckdb"),
            "CAST('1969-12-31 23:59:59.999999+00:00' AS TIMESTAMPTZ)");
  EXPECT_EQ(us.literal("spark"), "TIMESTAMP '1969-12-31 23:59:59.999999+00:00'");
  EXPECT_EQ(us.literal("clickhouse"),
            "CAST('1969-12-31 23:59:59.999999' AS DateTime64(6, 'UTC'))");
  EXPECT_EQ(us.refusal("flink").code(), Code::kNotImplemented);
  EXPECT_EQ(us.refusal("starrocks").code(), Code::kNotImplemented);
  const Column seconds = stamp(NANOARROW_TIME_UNIT_SECOND, "UTC", -5);
  EXPECT_EQ(seconds.literal("flink"), "TO_TIMESTAMP_LTZ(-5000, 3)");
  EXPECT_EQ(
      seconds.literal("datafusion"),
      "arrow_cast('1969-12-31 23:59:55Z', 'Timestamp(Second, Some(\"+00:00\"))')");
  for (const int64_t far :
       {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(stamp(NANOARROW_TIME_UNIT_SECOND, nullptr, far).refusal("duckdb").code(),
              Code::kNotImplemented);
  }
  EXPECT_EQ(
      stamp(NANOARROW_TIME_UNIT_NANO, nullptr, std::numeric_limits<int64_t>::min())
          .literal("duckdb"),
      "CAST('1677-09-21 00:12:43.145224192' AS TIMESTAMP_NS)");
}

TEST(SqlLiteral, DurationsAndIntervals) {
  const Column us = column(
      timed(NANOARROW_TYPE_DURATION, NANOARROW_TIME_UNIT_MICRO),
      ints({93784005006, -1, 0, std::numeric_limits<int64_t>::min(), -86400000000}));
  EXPECT_EQ(us.literal("datafusion", 0),
            "arrow_cast(93784005006, 'Duration(Microsecond)')");
  EXPECT_EQ(us.literal("duckdb", 0), "INTERVAL '93784.005006 SECONDS'");
  EXPECT_EQ(us.literal("spark", 0), "INTERVAL '1 02:03:04.005006' DAY TO SECOND");
  EXPECT_EQ(us.literal("spark", 1), "INTERVAL '-0 00:00:00.000001' DAY TO SECOND");
  EXPECT_EQ(us.literal("spark", 4), "INTERVAL '-1 00:00:00.000000' DAY TO SECOND");
  EXPECT_EQ(us.literal("ansi", 1), "INTERVAL '-0.000001' SECOND");
  EXPECT_EQ(us.literal("duckdb", 2), "INTERVAL '0 SECONDS'");
  EXPECT_EQ(us.literal("duckdb", 3), "INTERVAL '-9223372036854.775808 SECONDS'");
  EXPECT_EQ(us.literal("clickhouse", 3), "toIntervalMicrosecond(-9223372036854775808)");
  EXPECT_EQ(us.refusal("flink", 0).code(), Code::kNotImplemented);
  EXPECT_EQ(us.refusal("starrocks", 0).code(), Code::kNotImplemented);

  const auto interval = [](ArrowType type, int32_t months, int32_t days, int64_t rest) {
    return column(of(type), [=](ArrowArray* a) {
      ArrowInterval value;
      ArrowIntervalInit(&value, type);
      value.months = months;
      value.days = days;
      value.ms = static_cast<int32_t>(rest);
      value.ns = rest;
      must(ArrowArrayAppendInterval(a, &value));
    });
  };
  const Column mixed =
      interval(NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO, 1, -2, -3500000000);
  EXPECT_EQ(mixed.literal("duckdb"), "INTERVAL '1 MONTHS -2 DAYS -3.5 SECONDS'");
  EXPECT_EQ(mixed.refusal("spark").code(), Code::kNotImplemented);
  EXPECT_EQ(mixed.refusal("clickhouse").code(), Code::kNotImplemented);
  const Column months = interval(NANOARROW_TYPE_INTERVAL_MONTHS, -14, 0, 0);
  EXPECT_EQ(months.literal("spark"), "INTERVAL '-14' MONTH");
  EXPECT_EQ(months.literal("flink"), "INTERVAL '-14' MONTH(6)");
  const Column day = interval(NANOARROW_TYPE_INTERVAL_DAY_TIME, 0, -1, 3600000);
  EXPECT_EQ(day.literal("spark"), "INTERVAL '-0 23:00:00.000000' DAY TO SECOND");
  EXPECT_EQ(day.literal("dremio"), "INTERVAL '-0 23:00:00.000' DAY(9) TO SECOND(3)");
  EXPECT_EQ(day.literal("flink"), "INTERVAL '-0 23:00:00.000' DAY(3) TO SECOND(3)");
  EXPECT_EQ(day.refusal("ansi").code(), Code::kNotImplemented);
}

TEST(SqlLiteral, NullsAreTypedWhereTheDialectNeedsIt) {
  const auto null = [](ArrowArray* a) { must(ArrowArrayAppendNull(a, 1)); };
  const Column c = column(of(NANOARROW_TYPE_INT32), null);
  EXPECT_EQ(c.literal("duckdb"), "NULL");
  EXPECT_EQ(c.literal("flink"), "CAST(NULL AS INT)");
  EXPECT_EQ(column(of(NANOARROW_TYPE_NA), null).literal("flink"), "NULL");
}

Column int_lists(const std::vector<std::vector<int64_t>>& rows) {
  return column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetType(s, NANOARROW_TYPE_LIST));
        must(ArrowSchemaSetType(s->children[0], NANOARROW_TYPE_INT64));
      },
      [&](ArrowArray* a) {
        for (const auto& row : rows) {
          for (const int64_t v : row) must(ArrowArrayAppendInt(a->children[0], v));
          must(ArrowArrayFinishElement(a));
        }
      });
}

TEST(SqlLiteral, ListsAreTypedEvenWhenEmpty) {
  Column c = int_lists({{7}, {1, -2}, {}, {9}});
  EXPECT_EQ(c.literal("duckdb", 1), "CAST([1, (-2)] AS BIGINT[])");
  EXPECT_EQ(c.literal("duckdb", 2), "CAST([] AS BIGINT[])");
  EXPECT_EQ(c.literal("spark", 1), "CAST(array(1, (-2)) AS ARRAY<BIGINT>)");
  EXPECT_EQ(c.literal("clickhouse", 2), "CAST([] AS Array(Nullable(Int64)))");
  EXPECT_EQ(c.literal("ansi", 1), "ARRAY[1, (-2)]");
  EXPECT_EQ(c.refusal("ansi", 2).code(), Code::kNotImplemented);
  EXPECT_EQ(c.refusal("sqlite", 1).code(), Code::kNotImplemented);
  c.array->offset = 1;
  c.array->length = 3;
  c.look();
  EXPECT_EQ(c.literal("duckdb", 0), "CAST([1, (-2)] AS BIGINT[])");
  EXPECT_EQ(c.literal("duckdb", 2), "CAST([9] AS BIGINT[])");
}

Column structs() {
  return column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetTypeStruct(s, 2));
        must(ArrowSchemaSetType(s->children[0], NANOARROW_TYPE_INT32));
        must(ArrowSchemaSetName(s->children[0], "a'"));
        must(ArrowSchemaSetType(s->children[1], NANOARROW_TYPE_STRING));
        must(ArrowSchemaSetName(s->children[1], "b"));
      },
      [](ArrowArray* a) {
        for (const char* v : {"x", "y", "z"}) {
          must(ArrowArrayAppendInt(a->children[0], v[0]));
          must(ArrowArrayAppendString(a->children[1], ArrowCharView(v)));
          must(ArrowArrayFinishElement(a));
        }
      });
}

TEST(SqlLiteral, StructsWhereTheDialectHasThem) {
  Column c = structs();
  EXPECT_EQ(c.literal("duckdb", 0), "{'a''': 120, 'b': 'x'}");
  EXPECT_EQ(c.literal("spark", 0), "named_struct('a\\'', 120, 'b', 'x')");
  EXPECT_EQ(c.literal("flink", 0), "ROW(120, 'x')");
  EXPECT_EQ(c.refusal("sqlite", 0).code(), Code::kNotImplemented);
  c.array->offset = 1;
  c.array->length = 2;
  c.look();
  EXPECT_EQ(c.literal("flink", 1), "ROW(122, 'z')");
}

TEST(SqlLiteral, MapsAndDictionariesAndStringViews) {
  const Column map = column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetType(s, NANOARROW_TYPE_MAP));
        must(ArrowSchemaSetType(s->children[0]->children[0], NANOARROW_TYPE_STRING));
        must(ArrowSchemaSetType(s->children[0]->children[1], NANOARROW_TYPE_INT32));
      },
      [](ArrowArray* a) {
        ArrowArray* entries = a->children[0];
        for (const char* key : {"k", "l"}) {
          must(ArrowArrayAppendString(entries->children[0], ArrowCharView(key)));
          must(ArrowArrayAppendInt(entries->children[1], key[0]));
          must(ArrowArrayFinishElement(entries));
        }
        must(ArrowArrayFinishElement(a));
      });
  EXPECT_EQ(map.literal("duckdb"), "MAP(['k', 'l'], [107, 108])");
  EXPECT_EQ(map.literal("spark"), "map('k', 107, 'l', 108)");
  EXPECT_EQ(map.literal("flink"), "MAP['k', 107, 'l', 108]");

  const Column dictionary = column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetType(s, NANOARROW_TYPE_INT8));
        must(ArrowSchemaAllocateDictionary(s));
        must(ArrowSchemaInitFromType(s->dictionary, NANOARROW_TYPE_STRING));
      },
      [](ArrowArray* a) {
        must(ArrowArrayAppendString(a->dictionary, ArrowCharView("zero")));
        must(ArrowArrayAppendString(a->dictionary, ArrowCharView("one")));
        must(ArrowArrayAppendInt(a, 1));
        must(ArrowArrayAppendInt(a, 7));
        must(ArrowArrayAppendNull(a, 1));
      });
  EXPECT_EQ(dictionary.literal("duckdb", 0), "'one'");
  EXPECT_EQ(dictionary.refusal("duckdb", 1).code(), Code::kInvalidArgument);
  EXPECT_EQ(dictionary.literal("flink", 2), "CAST(NULL AS STRING)");

  EXPECT_EQ(column(of(NANOARROW_TYPE_STRING_VIEW), text("longer than twelve bytes"))
                .literal("duckdb"),
            "'longer than twelve bytes'");
}

TEST(RenderParameters, ValuesStandInTheTextAndNowhereElse) {
  const Column rows = structs();
  const auto render = [&](std::string_view sql, ParameterStyle style, const char* name,
                          int64_t row = 0) {
    return render_parameters(sql, style, dialect(name), *rows.schema.get(),
                             *rows.view.get(), row);
  };
  EXPECT_EQ(render("select '?', ? -- ?\n, ?", ParameterStyle::kQmark, "duckdb", 1),
            "select '?', 121 -- ?\n, 'y'");
  EXPECT_EQ(
      render("select %(b)s, %(a')s, %(b)s, 5 %% 2", ParameterStyle::kPyformat, "flink"),
      "select 'x', 120, 'x', 5 % 2");
  EXPECT_EQ(render("select a ??| ?, ?", ParameterStyle::kQmark, "sqlite"),
            "select a ?| 120, 'x'");
  // Neither E'x', nor 'a''x', nor 1.120, nor X'..'.
  EXPECT_EQ(render("select e?, 'a'?", ParameterStyle::kQmark, "duckdb"),
            "select e 120, 'a' 'x'");
  EXPECT_EQ(render("select ?'b', X?y", ParameterStyle::kQmark, "duckdb"),
            "select 120 'b', X 'x' y");
}

TEST(RenderParameters, NegativeNumbersMakeNoComment) {
  Column rows = column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetTypeStruct(s, 1));
        must(ArrowSchemaSetType(s->children[0], NANOARROW_TYPE_INT32));
        must(ArrowSchemaSetName(s->children[0], "n"));
      },
      [](ArrowArray* a) {
        must(ArrowArrayAppendInt(a->children[0], -5));
        must(ArrowArrayFinishElement(a));
      });
  EXPECT_EQ(render_parameters("select 1-:n", ParameterStyle::kNamed, dialect("duckdb"),
                              *rows.schema.get(), *rows.view.get()),
            "select 1-(-5)");
}

TEST(RenderParameters, ErrorsNameTheParameter) {
  const Column rows = column(
      [](ArrowSchema* s) {
        must(ArrowSchemaSetTypeStruct(s, 1));
        must(ArrowSchemaSetType(s->children[0], NANOARROW_TYPE_STRING));
        must(ArrowSchemaSetName(s->children[0], "path"));
      },
      [](ArrowArray* a) {
        must(ArrowArrayAppendString(a->children[0], ArrowCharView("c:\\")));
        must(ArrowArrayFinishElement(a));
      });
  const auto message = [&](std::string_view sql, ParameterStyle style) {
    try {
      return render_parameters(sql, style, generic_dialect(), *rows.schema.get(),
                               *rows.view.get());
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_THAT(message("select :path", ParameterStyle::kNamed),
              HasSubstr("parameter path: writing a value as SQL"));
  EXPECT_THAT(message("select ?", ParameterStyle::kQmark), HasSubstr("parameter 1:"));
  EXPECT_THAT(message("select :p", ParameterStyle::kNamed),
              HasSubstr("no value for p; the statement does not use path"));
  EXPECT_THAT(message("select 'it\\'s ?'", ParameterStyle::kQmark),
              HasSubstr("profile"));
}

}  // namespace
}  // namespace fletching
