// SPDX-License-Identifier: Apache-2.0
#include "flink/literal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "fletching/error.h"
#include "flink/civil.h"

namespace fletching::flink {
namespace {

using testing::HasSubstr;
using Write = std::function<void(LiteralWriter&)>;

std::string literal(const Write& write, const char* zone = "UTC") {
  std::string out;
  LiteralWriter writer(out, zone);
  try {
    write(writer);
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == Code::kNotImplemented ||
                error.code() == Code::kInvalidArgument);
    return error.message();
  }
  return out;
}

TEST(FlinkLiterals, NumbersHaveTheTypeOfTheirValue) {
  const auto integer = [](bool negative, const char* digits) {
    return literal([=](LiteralWriter& w) { w.integer(negative, digits); });
  };
  EXPECT_EQ(integer(false, "0"), "0");
  EXPECT_EQ(integer(true, "5"), "(-5)");
  EXPECT_EQ(integer(true, "9223372036854775808"),
            "CAST('-9223372036854775808' AS BIGINT)");
  EXPECT_EQ(integer(false, "9223372036854775808"),
            "CAST('9223372036854775808' AS DECIMAL(19, 0))");
  EXPECT_THAT(integer(false, "123456789012345678901234567890123456789"),
              HasSubstr("DECIMAL keeps 38"));

  const auto decimal = [](const char* digits, int64_t exponent) {
    return literal([=](LiteralWriter& w) { w.decimal(false, digits, exponent); });
  };
  EXPECT_EQ(decimal("12345", -2), "CAST('123.45' AS DECIMAL(5, 2))");
  EXPECT_EQ(decimal("1", -3), "CAST('.001' AS DECIMAL(3, 3))");
  EXPECT_EQ(decimal("1", 3), "CAST('1000' AS DECIMAL(4, 0))");
  EXPECT_EQ(decimal("", -2), "CAST('.00' AS DECIMAL(2, 2))");
  EXPECT_EQ(decimal("0", 5), "CAST('0' AS DECIMAL(1, 0))");
  EXPECT_THAT(decimal("1", 38), HasSubstr("DECIMAL keeps 38"));
  EXPECT_THAT(decimal("1", -999999999), HasSubstr("DECIMAL keeps 38"));

  const auto floating = [](double value) {
    return literal([=](LiteralWriter& w) { w.floating(value); });
  };
  EXPECT_EQ(floating(1.5), "1.5e+00");
  EXPECT_EQ(floating(-1e-7), "(-1e-07)");
  EXPECT_EQ(floating(-0.0), "CAST('-0.0' AS DOUBLE)");
  EXPECT_EQ(floating(std::numeric_limits<double>::quiet_NaN()),
            "CAST('NaN' AS DOUBLE)");
  EXPECT_EQ(floating(-std::numeric_limits<double>::infinity()),
            "CAST('-Infinity' AS DOUBLE)");
}

TEST(FlinkLiterals, TextAndBytes) {
  EXPECT_EQ(literal([](LiteralWriter& w) { w.text("it's \\ % ?"); }), "'it''s \\ % ?'");
  EXPECT_THAT(literal([](LiteralWriter& w) { w.text("\xff"); }), HasSubstr("UTF-8"));
  EXPECT_EQ(literal([](LiteralWriter& w) { w.binary(std::string("\0\xff", 2)); }),
            "x'00ff'");
  EXPECT_EQ(literal([](LiteralWriter& w) { w.boolean(true); }), "TRUE");
  EXPECT_EQ(literal([](LiteralWriter& w) { w.null(parse_type("decimal(5,2)")); }),
            "CAST(NULL AS DECIMAL(5, 2))");
}

constexpr int64_t kMoment = 1704164645;  // 2024-01-02 03:04:05 UTC

TEST(FlinkLiterals, DatesAndTimes) {
  EXPECT_EQ(literal([](LiteralWriter& w) { w.date(days_of(2024, 1, 2)); }),
            "DATE '2024-01-02'");
  EXPECT_THAT(literal([](LiteralWriter& w) { w.date(days_of(10000, 1, 1)); }),
              HasSubstr("years 1 to 9999"));
  EXPECT_EQ(literal([](LiteralWriter& w) { w.time(45'296'000'000'000); }),
            "TIME '12:34:56'");
  EXPECT_EQ(literal([](LiteralWriter& w) { w.time(45'296'789'000'000); }),
            "TIME '12:34:56.789'");
  EXPECT_THAT(literal([](LiteralWriter& w) { w.time(1'000); }),
              HasSubstr("would lose digits"));
  EXPECT_EQ(literal([](LiteralWriter& w) { w.timestamp(kMoment, 123'456'000); }),
            "TIMESTAMP '2024-01-02 03:04:05.123456'");
  EXPECT_EQ(literal([](LiteralWriter& w) { w.timestamp(kMoment, 1); }),
            "TIMESTAMP '2024-01-02 03:04:05.000000001'");
}

TEST(FlinkLiterals, InstantsAreWrittenAsTheSessionsClocksShowThem) {
  const auto at = [](int64_t seconds, int32_t nanos, const char* zone) {
    return literal([=](LiteralWriter& w) { w.instant(seconds, nanos); }, zone);
  };
  EXPECT_EQ(at(kMoment, 5'000, "UTC"),
            "CAST('2024-01-02 03:04:05.000005' AS TIMESTAMP_LTZ(6))");
  EXPECT_EQ(at(kMoment, 0, "America/New_York"),
            "CAST('2024-01-01 22:04:05.000000' AS TIMESTAMP_LTZ(6))");
  EXPECT_EQ(at(kMoment, 7, "+05:30"),
            "CAST('2024-01-02 08:34:05.000000007' AS TIMESTAMP_LTZ(9))");
  const int64_t twice = days_of(2024, 10, 27) * kDaySeconds + 1800;  // 02:30 in Paris
  EXPECT_EQ(at(twice, 500'000'000, "Europe/Paris"),
            "TO_TIMESTAMP_LTZ(1729989000500, 3)");
  EXPECT_THAT(at(twice, 1'000, "Europe/Paris"), HasSubstr("show twice"));
  EXPECT_THAT(at(kMoment, 0, "Nowhere/Atall"), HasSubstr("is not known here"));
}

TEST(FlinkLiterals, Intervals) {
  const auto months = [](int64_t count) {
    return literal([=](LiteralWriter& w) { w.year_month(count); });
  };
  EXPECT_EQ(months(18), "INTERVAL '1-6' YEAR(2) TO MONTH");
  EXPECT_EQ(months(-4), "INTERVAL '-0-4' YEAR(2) TO MONTH");
  EXPECT_EQ(months(12 * 9999), "INTERVAL '9999-0' YEAR(4) TO MONTH");
  EXPECT_THAT(months(12 * 10000), HasSubstr("9999 years"));
  const auto seconds = [](int64_t count, int32_t nanos) {
    return literal([=](LiteralWriter& w) { w.day_time(count, nanos); });
  };
  EXPECT_EQ(seconds(93784, 5'000'000), "INTERVAL '1 02:03:04.005' DAY(2) TO SECOND(3)");
  EXPECT_EQ(seconds(-1, 500'000'000), "INTERVAL '-0 00:00:00.500' DAY(2) TO SECOND(3)");
  EXPECT_EQ(seconds(-259200, 0), "INTERVAL '-3 00:00:00.000' DAY(2) TO SECOND(3)");
  EXPECT_EQ(seconds(int64_t{123456} * 86400, 0),
            "(INTERVAL '1' DAY * 123456 + INTERVAL '0 00:00:00.000' DAY TO SECOND(3))");
  EXPECT_EQ(seconds(-int64_t{1234} * 86400 - 1, 0),
            "(INTERVAL '1' DAY * (-1234) + INTERVAL '-0 00:00:01.000' DAY TO "
            "SECOND(3))");
  EXPECT_THAT(seconds(0, 1'000), HasSubstr("would lose digits"));
}

}  // namespace
}  // namespace fletching::flink
