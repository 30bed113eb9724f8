// SPDX-License-Identifier: Apache-2.0
#include "flink/page_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fletching/error.h"
#include "flink/show_for_test.h"

namespace fletching::flink {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Columns columns_of(std::initializer_list<const char*> types) {
  Columns columns;
  for (const char* type : types) {
    columns.push_back({"c" + std::to_string(columns.size()), parse_type(type), ""});
  }
  return columns;
}

PageDecoder confluent(std::initializer_list<const char*> types,
                      DecodeOptions options = {}) {
  PageDecoder decoder(Encoding::kConfluent, std::move(options));
  decoder.set_columns(columns_of(types));
  return decoder;
}

std::string page_of(const std::string& data, const std::string& next = "") {
  return R"({"api_version":"sql/v1","kind":"StatementResult","metadata":{"self":"x","next":")" +
         next + R"("},"results":{"data":[)" + data + "]}}";
}

std::vector<std::string> rows_of(PageDecoder& decoder, const std::string& page) {
  const Page decoded = decoder.decode(page);
  EXPECT_THAT(decoded.faults, IsEmpty())
      << (decoded.faults.empty() ? "" : decoded.faults[0].what);
  return show_rows(*decoded.rows.get(), decoder.schema());
}

std::string value_of(const char* type, const std::string& json,
                     DecodeOptions options = {}) {
  PageDecoder decoder = confluent({type}, std::move(options));
  const Page page = decoder.decode(page_of(R"({"row":[)" + json + "]}"));
  if (!page.faults.empty()) return page.faults[0].what;
  return show_rows(*page.rows.get(), decoder.schema()).at(0);
}

// A gateway's page of one column.
std::string gateway_page(const std::string& type, const std::string& format,
                         const std::string& fields) {
  return R"({"resultType":"PAYLOAD","isQueryResult":true,"jobID":"82da","resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[{"name":"c","logicalType":)" +
         type + R"(,"comment":null}],"rowFormat":")" + format + R"(","data":[)" +
         fields + R"(]},"nextResultUri":"/v3/x/result/2?rowFormat=)" + format + "\"}";
}

std::string gateway_value(const std::string& type, const std::string& format,
                          const std::string& json, DecodeOptions options = {}) {
  PageDecoder decoder(Encoding::kGatewayJson, std::move(options));
  const Page page = decoder.decode(
      gateway_page(type, format, R"({"kind":"INSERT","fields":[)" + json + "]}"));
  if (!page.faults.empty()) return page.faults[0].what;
  return show_rows(*page.rows.get(), decoder.schema()).at(0);
}

TEST(FlinkPages, ConfluentsTextsAreExact) {
  EXPECT_EQ(value_of("BOOLEAN", R"("TRUE")"), "(1)");
  EXPECT_EQ(value_of("BOOLEAN", R"("false")"), "(0)");
  EXPECT_EQ(value_of("TINYINT", R"("-128")"), "(-128)");
  EXPECT_EQ(value_of("BIGINT", R"("9223372036854775807")"), "(9223372036854775807)");
  EXPECT_EQ(value_of("BIGINT", R"("-9223372036854775808")"), "(-9223372036854775808)");
  EXPECT_EQ(value_of("FLOAT", R"("1.1")"), "(1.100000023841858)");
  EXPECT_EQ(value_of("DOUBLE", R"("1.0E300")"), "(1e+300)");
  EXPECT_EQ(value_of("DOUBLE", R"("-Infinity")"), "(-inf)");
  EXPECT_EQ(value_of("DOUBLE", R"("NaN")"), "(nan)");
  EXPECT_EQ(value_of("DECIMAL(10,2)", R"("123.40")"), "(12340)");
  EXPECT_EQ(value_of("DECIMAL(10,2)", R"("-0.5")"), "(-50)");
  EXPECT_EQ(value_of("DECIMAL(38,8)", R"("-123456789012345678901234567890.12345678")"),
            "(-12345678901234567890123456789012345678)");
  EXPECT_EQ(value_of("CHAR(3)", R"("a  ")"), "(a  )");
  EXPECT_EQ(value_of("STRING", R"("a\"b\\n\u00e9\ud83d\ude00")"), "(a\"b\\né😀)");
  EXPECT_EQ(value_of("STRING", R"("")"), "()");
  EXPECT_EQ(value_of("STRING", "null"), "(NULL)");
  EXPECT_EQ(value_of("BYTES", R"("x'7f0203'")"), "(x7f0203)");
  EXPECT_EQ(value_of("BYTES", R"("x''")"), "(x)");
  EXPECT_EQ(value_of("DATE", R"("1969-12-31")"), "(-1)");
  EXPECT_EQ(value_of("DATE", R"("0001-01-01")"), "(-719162)");
  EXPECT_EQ(value_of("TIME(0)", R"("12:34:56")"), "(45296)");
  EXPECT_EQ(value_of("TIME(3)", R"("12:34:56.789")"), "(45296789)");
  EXPECT_EQ(value_of("TIMESTAMP(9)", R"("2024-01-02 03:04:05.123456789")"),
            "(1704164645123456789)");
  EXPECT_EQ(value_of("TIMESTAMP(3)", R"("0001-01-01 00:00:00.000")"),
            "(-62135596800000)");
  EXPECT_EQ(value_of("TIMESTAMP_LTZ(3)", R"("2024-01-02 03:04:05.123")"),
            "(1704164645123)");
  EXPECT_EQ(value_of("INTERVAL YEAR TO MONTH", R"("+1-06")"), "(18)");
  EXPECT_EQ(value_of("INTERVAL YEAR TO MONTH", R"("-0-04")"), "(-4)");
  EXPECT_EQ(value_of("INTERVAL DAY TO SECOND(3)", R"("+1 02:03:04.005")"),
            "(93784005)");
  EXPECT_EQ(value_of("INTERVAL DAY TO SECOND(3)", R"("-3 00:00:00.000")"),
            "(-259200000)");
  EXPECT_EQ(value_of("NULL", "null"), "(NULL)");
}

TEST(FlinkPages, ConfluentsNestedValues) {
  EXPECT_EQ(value_of("ARRAY<INT>", R"(["1",null,"-3"])"), "([1 NULL -3])");
  EXPECT_EQ(value_of("ARRAY<ARRAY<STRING>>", R"([["a"],[],null])"), "([[a] [] NULL])");
  EXPECT_EQ(value_of("MAP<INT, STRING>", R"([["1","x"],["2",null]])"),
            "([(1,x) (2,NULL)])");
  EXPECT_EQ(value_of("MAP<ARRAY<INT>, INT>", R"([[["1"],"2"]])"), "([([1],2)])");
  EXPECT_EQ(value_of("MULTISET<STRING>", R"([["a","2"],["b","1"]])"),
            "([(a,2) (b,1)])");
  EXPECT_EQ(value_of("ROW<a INT, m MAP<STRING, DECIMAL(10,2)>>",
                     R"(["7",[["k","1.50"],["z",null]]])"),
            "((7,[(k,150) (z,NULL)]))");
  EXPECT_EQ(value_of("ROW<a INT, a INT>", R"(["1",null])"), "((1,NULL))");
}

TEST(FlinkPages, VariantTreesBecomeJson) {
  const std::string tree =
      R"([1,[["a",[6,"1"]],["b\n",[2,[[0],[3,"TRUE"],[10,"1.50"],[9,"NaN"],[11,"x\"y"]]]],)"
      R"(["t",[14,"2024-01-02 03:04:05.123","+01:00"]],["z",[15,"x'00ff10aa'"]]]])";
  EXPECT_EQ(value_of("VARIANT", tree),
            R"(({"a":1,"b\n":[null,true,1.50,"NaN","x\"y"],)"
            R"("t":"2024-01-02 03:04:05.123+00:00","z":"AP8Qqg=="}))");
  DecodeOptions raw;
  raw.variant = VariantForm::kTree;
  EXPECT_EQ(value_of("VARIANT", tree, raw), "(" + tree + ")");
  EXPECT_EQ(value_of("VARIANT", R"([-1,"x'00'","x''"])", raw),
            R"(([-1,"x'00'","x''"]))");
  EXPECT_THAT(value_of("VARIANT", R"([-1,"x'00'","x''"])"),
              HasSubstr("could not read"));
  for (const char* bad : {R"("text")", "[]", "[99,\"x\"]", "[0,1]", R"([6,"x"])",
                          R"([1,[["a"]]])", R"([1,"x"])", R"([10,"1."])", "[6]"}) {
    EXPECT_THAT(value_of("VARIANT", bad), HasSubstr("column 1 'c0' (VARIANT): "))
        << bad;
  }
  std::string deep;
  for (int i = 0; i < 400; ++i) deep += "[2,[";
  for (int i = 0; i < 400; ++i) deep += "]]";
  EXPECT_THAT(value_of("VARIANT", deep), HasSubstr("nested more than 200 deep"));
}

// Values of the gateway's replies (Flink 2.3), both formats.
TEST(FlinkPages, TheGatewaysFormatsGiveTheSameValues) {
  struct Case {
    const char* type;
    const char* json;
    const char* plain;
    const char* value;
  };
  for (
      const Case& c : {
          Case{R"({"type":"DECIMAL","nullable":false,"precision":20,"scale":4})",
               "12345.67", R"("12345.6700")", "(123456700)"},
          {R"({"type":"DECIMAL","nullable":true,"precision":5,"scale":2})", "1E+2",
           R"("100.00")", "(10000)"},
          {R"({"type":"DECIMAL","nullable":true,"precision":10,"scale":8})", "1E-8",
           R"("0.00000001")", "(1)"},
          {R"({"type":"DECIMAL","nullable":true,"precision":38,"scale":8})",
           "123456789012345678901234567890.12345678",
           R"("123456789012345678901234567890.12345678")",
           "(12345678901234567890123456789012345678)"},
          {R"({"type":"BIGINT","nullable":false})", "9223372036854775807",
           R"("9223372036854775807")", "(9223372036854775807)"},
          {R"({"type":"DOUBLE","nullable":false})", "1.0E300", R"("1.0E300")",
           "(1e+300)"},
          {R"({"type":"DOUBLE","nullable":false})", R"("NaN")", R"("NaN")", "(nan)"},
          {R"({"type":"BOOLEAN","nullable":true})", "true", R"("TRUE")", "(1)"},
          {R"({"type":"BOOLEAN","nullable":true})", "null", "null", "(NULL)"},
          {R"({"type":"VARBINARY","nullable":false,"length":2147483647})", R"("AP8Q")",
           R"("x'00ff10'")", "(x00ff10)"},
          {R"({"type":"DATE","nullable":false})", R"("2024-01-02")", R"("2024-01-02")",
           "(19724)"},
          {R"({"type":"TIME_WITHOUT_TIME_ZONE","nullable":false,"precision":3})",
           R"("12:34:56.789")", R"("12:34:56.789")", "(45296789)"},
          {R"({"type":"TIMESTAMP_WITHOUT_TIME_ZONE","nullable":false,"precision":3})",
           R"("2024-01-02T03:04:05.1")", R"("2024-01-02 03:04:05.100")",
           "(1704164645100)"},
          {R"({"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":false,"precision":3})",
           R"("2024-01-02T03:04:05.123Z")", R"("2024-01-02 03:04:05.123")",
           "(1704164645123)"},
          {R"({"type":"INTERVAL_YEAR_MONTH","nullable":false,"precision":2,"resolution":"MONTH"})",
           "14", R"("+1-02")", "(14)"},
          {R"({"type":"INTERVAL_DAY_TIME","nullable":false,"precision":2,"fractionalPrecision":3,"resolution":"SECOND"})",
           "-259200000", R"("-3 00:00:00.000")", "(-259200000)"},
          {R"({"type":"ARRAY","nullable":false,"elementType":{"type":"INTEGER","nullable":true}})",
           "[1,2,null]", R"("[1, 2, NULL]")", "([1 2 NULL])"},
          {R"({"type":"ARRAY","nullable":false,"elementType":{"type":"INTEGER","nullable":true}})",
           "[]", R"("[]")", "([])"},
          {R"({"type":"ROW","nullable":false,"fields":[{"name":"a","fieldType":{"type":"TIMESTAMP_WITHOUT_TIME_ZONE","nullable":true,"precision":3}},{"name":"b","fieldType":{"type":"VARBINARY","nullable":true,"length":2147483647}},{"name":"c","fieldType":{"type":"DOUBLE","nullable":true}}]})",
           R"({"a":"2024-01-02T03:04:05","b":"AP8=","c":1.5})",
           "\"(2024-01-02 03:04:05.000, x'00ff', 1.5)\"",
           "((1704164645000,x00ff,1.5))"},
      }) {
    EXPECT_EQ(gateway_value(c.type, "JSON", c.json), c.value) << c.type;
    EXPECT_EQ(gateway_value(c.type, "PLAIN_TEXT", c.plain), c.value) << c.type;
  }
}

constexpr const char* kIntMap =
    R"({"type":"MAP","nullable":false,"keyType":{"type":"INTEGER","nullable":false},"valueType":{"type":"INTEGER","nullable":true}})";
constexpr const char* kTextMap =
    R"({"type":"MAP","nullable":false,"keyType":{"type":"VARCHAR","nullable":true,"length":9},"valueType":{"type":"ROW","nullable":true,"fields":[{"name":"EXPR$0","fieldType":{"type":"INTEGER","nullable":true}},{"name":"EXPR$1","fieldType":{"type":"CHAR","nullable":true,"length":1}}]}})";

TEST(FlinkPages, TheGatewaysMaps) {
  EXPECT_EQ(gateway_value(kIntMap, "PLAIN_TEXT", R"("{1=10, 2=NULL}")"),
            "([(1,10) (2,NULL)])");
  EXPECT_EQ(gateway_value(kIntMap, "PLAIN_TEXT", R"("{}")"), "([])");
  EXPECT_EQ(
      gateway_value(kTextMap, "JSON", R"({"b":null,"a":{"EXPR$1":"x","EXPR$0":1}})"),
      "([(b,NULL) (a,(1,x))])");
  // NULL or 'null': the gateway writes both so.
  EXPECT_THAT(gateway_value(kTextMap, "JSON", R"({"null":null})"),
              HasSubstr("is NULL or the text 'null'"));
  EXPECT_THAT(gateway_value(kIntMap, "PLAIN_TEXT", R"("{NULL=1}")"),
              HasSubstr("a key of the map is NULL"));
}

TEST(FlinkPages, LocalTimeOfTheSessionIsUnderstood) {
  DecodeOptions paris;
  paris.session_zone = "Europe/Paris";
  const std::string type =
      R"({"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":false,"precision":3})";
  // The gateway's Z is not true.
  EXPECT_EQ(gateway_value(type, "JSON", R"("2024-01-02T04:04:05.123Z")", paris),
            "(1704164645123)");
  EXPECT_EQ(gateway_value(type, "PLAIN_TEXT", R"("2024-01-02 04:04:05.123")", paris),
            "(1704164645123)");
  EXPECT_EQ(value_of("TIMESTAMP_LTZ(3)", R"("2024-01-02 04:04:05.123")", paris),
            "(1704164645123)");
  EXPECT_THAT(value_of("TIMESTAMP_LTZ(0)", R"("2024-10-27 02:30:00")", paris),
              HasSubstr("came twice in Europe/Paris"));
  EXPECT_THAT(value_of("TIMESTAMP_LTZ(0)", R"("2024-03-31 02:30:00")", paris),
              HasSubstr("never came in Europe/Paris"));
}

TEST(FlinkPages, ValuesThatAreNoneOfTheirTypeSayWhy) {
  struct Case {
    const char* type;
    const char* json;
    const char* why;
  };
  for (const Case& c : {
           Case{"INT", R"("oops")",
                "column 1 'c0' (INT): the text 'oops' is no integer"},
           {"INT", "7", "the value 7 is not a JSON string"},
           {"INT", "[1]", "is not a JSON string"},
           {"INT", R"("")", "no integer"},
           {"INT", R"(" 1")", "no integer"},
           {"INT", R"("1_000")", "no integer"},
           {"INT", R"("2147483648")", "no integer that this type holds"},
           {"TINYINT", R"("128")", "no integer that this type holds"},
           {"BOOLEAN", R"("yes")", "no boolean"},
           {"DOUBLE", R"("inf")", "no number"},
           {"DOUBLE", R"("1,5")", "no number"},
           {"DOUBLE", R"("1E999")", "no number that this type holds"},
           {"DECIMAL(4,2)", R"("123.45")", "no decimal number that this type holds"},
           {"DECIMAL(4,2)", R"("1.234")", "of this scale"},
           {"DECIMAL(4,2)", R"("1E+9999999999")", "no decimal number"},
           {"DECIMAL(38,0)", R"("999999999999999999999999999999999999999")",
            "no decimal number that this type holds"},
           {"DECIMAL(4,2)", R"("")", "no decimal number"},
           {"DATE", R"("2023-02-29")", "no date"},
           {"DATE", R"("2023-1-1")", "no date"},
           {"TIME(3)", R"("24:00:00")", "no time of day"},
           {"TIME(0)", R"("12:00:00.5")", "more digits of a second"},
           {"TIMESTAMP(3)", R"("2024-01-02 03:04:05Z")", "no timestamp"},
           {"TIMESTAMP(9)", R"("0001-01-01 00:00:00")", "CAST(... AS TIMESTAMP(6))"},
           {"BYTES", R"("00ff")", "no bytes"},
           {"BYTES", R"("x'0'")", "no bytes"},
           {"INTERVAL YEAR TO MONTH", R"("1-06")", "no interval"},
           {"INTERVAL YEAR TO MONTH", R"("+1-12")", "no interval"},
           {"INTERVAL DAY TO SECOND(3)", R"("+1 24:00:00")", "no interval"},
           {"NULL", R"("x")", "no NULL"},
           {"ARRAY<INT>", R"("1")", "not a JSON array"},
           {"ARRAY<INT>", R"(["1","x"])", "the text 'x' is no integer"},
           {"MAP<INT, INT>", R"([["1"]])", "no pair"},
           {"MAP<INT, INT>", R"([[null,"1"]])", "key of the map is NULL"},
           {"ROW<a INT, b INT>", R"(["1"])", "a row has 1 fields, not 2"},
       }) {
    EXPECT_THAT(value_of(c.type, c.json), HasSubstr(c.why)) << c.type << c.json;
  }
  EXPECT_THAT(gateway_value(R"({"type":"INTEGER"})", "JSON", R"("7")"),
              HasSubstr("not a JSON number"));
  EXPECT_THAT(gateway_value(R"({"type":"VARBINARY"})", "JSON", R"("AP8")"),
              HasSubstr("no base64"));
}

TEST(FlinkPages, AFaultTakesItsRowAloneAndNamesIt) {
  PageDecoder decoder = confluent({"INT", "ARRAY<STRING>"});
  const std::string bad = R"({"op":3,"row":["3",["x","y",4]]})";
  const Page page = decoder.decode(page_of(
      R"({"row":["1",["a"]]},{"op":2,"row":["2",null]},)" + bad +
      R"(,{"row":["oops",[]]},{"op":7,"row":["5",[]]},{"row":["6"]},{"op":0},7,)" +
      R"({"op":1,"row":["7",["z"]]})"));
  EXPECT_THAT(show_rows(*page.rows.get(), decoder.schema()),
              ElementsAre("(1,[a])", "(2,NULL)", "(7,[z])"));
  EXPECT_THAT(page.ops, ElementsAre(RowKind::kInsert, RowKind::kUpdateAfter,
                                    RowKind::kUpdateBefore));
  ASSERT_EQ(page.faults.size(), 6U);
  EXPECT_EQ(page.faults[0].row, 2);
  EXPECT_EQ(page.faults[0].before, 2);
  EXPECT_EQ(page.faults[0].column, 1);
  EXPECT_EQ(page.faults[0].json, bad);
  EXPECT_EQ(page.faults[1].column, 0);
  EXPECT_THAT(page.faults[2].what, HasSubstr("op 7 is none"));
  EXPECT_THAT(page.faults[3].what, HasSubstr("has 1 values, the result 2 columns"));
  EXPECT_THAT(page.faults[4].what, HasSubstr("has no values"));
  EXPECT_EQ(page.faults[5].json, "7");
  // The next page is none the worse for it.
  EXPECT_THAT(rows_of(decoder, page_of(R"({"row":["8",[]]})")), ElementsAre("(8,[])"));
}

TEST(FlinkPages, ACursorStopsAtAFaultAndGoesOnBehindIt) {
  PageDecoder decoder = confluent({"INT"});
  Page page = decoder.decode(
      page_of(R"({"row":["1"]},{"row":["oops"]},{"row":["3"]},{"row":["4"]})"));
  PageCursor cursor(std::move(page), 1000);
  EXPECT_EQ(cursor.rows_of_page(), 4);
  Batch batch;
  ASSERT_TRUE(cursor.next(batch));
  EXPECT_THAT(show_rows(*batch.rows.get(), decoder.schema()), ElementsAre("(1)"));
  for (int again = 0; again < 2; ++again) {
    try {
      (void)cursor.next(batch);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidData);
      EXPECT_EQ(
          error.message(),
          "reading row 1002 of the result: column 1 'c0' (INT): the text 'oops' is "
          "no integer");
      EXPECT_EQ(error.details().at(2).second, R"({"row":["oops"]})");
    }
  }
  cursor.skip();
  cursor.skip();  // nothing stands there any more
  ASSERT_TRUE(cursor.next(batch));
  EXPECT_THAT(show_rows(*batch.rows.get(), decoder.schema()),
              ElementsAre("(3)", "(4)"));
  EXPECT_FALSE(cursor.next(batch));
}

TEST(FlinkPages, BadValuesMayBecomeNull) {
  DecodeOptions options;
  options.bad_value = DecodeOptions::BadValue::kNull;
  PageDecoder decoder = confluent({"INT", "ARRAY<INT>", "STRING"}, options);
  Page page = decoder.decode(
      page_of(R"({"row":["x",["1",["2"],"3"],"a"]},{"row":["2",[],"b"]})"));
  ASSERT_EQ(page.faults.size(), 2U);
  EXPECT_TRUE(page.faults[0].replaced);
  EXPECT_EQ(page.faults[1].column, 1);
  PageCursor cursor(std::move(page));
  Batch batch;
  ASSERT_TRUE(cursor.next(batch));
  EXPECT_THAT(show_rows(*batch.rows.get(), decoder.schema()),
              ElementsAre("(NULL,NULL,a)", "(2,[],b)"));
  EXPECT_FALSE(cursor.next(batch));
}

TEST(FlinkPages, WhatStandsAroundTheRows) {
  PageDecoder decoder = confluent({"INT"});
  Page page = decoder.decode(page_of("", "https://flink.example/x?page_token=2"));
  EXPECT_EQ(page.info.next, "https://flink.example/x?page_token=2");
  EXPECT_EQ(page.info.kind, PageInfo::Kind::kRows);
  EXPECT_EQ(page.rows->length, 0);
  EXPECT_EQ(decoder.decode(page_of("")).info.kind, PageInfo::Kind::kEnd);
  page = decoder.decode(
      R"({"results":{"data":[{"row":["1"]}]},"metadata":{"next":null}})");
  EXPECT_EQ(page.rows->length, 1);
  EXPECT_EQ(page.info.kind, PageInfo::Kind::kEnd);
  EXPECT_EQ(decoder.decode(R"({"results":{"data":null},"metadata":{}})").rows->length,
            0);
  EXPECT_TRUE(decoder.decode("null").info.missing_results);
  page = decoder.decode(R"({"error":{"code":404,"message":"not found"}})");
  EXPECT_TRUE(page.info.missing_results);
  EXPECT_EQ(page.info.error_json, R"({"code":404,"message":"not found"})");

  PageDecoder gateway(Encoding::kGatewayJson);
  page = gateway.decode(R"({"resultType":"NOT_READY","nextResultUri":"/v3/a/0"})");
  EXPECT_EQ(page.info.kind, PageInfo::Kind::kNotReady);
  EXPECT_EQ(page.info.next, "/v3/a/0");
  EXPECT_FALSE(gateway.has_columns());
  EXPECT_EQ(page.rows->release, nullptr);
  page = gateway.decode(gateway_page(R"({"type":"INTEGER"})", "JSON", ""));
  EXPECT_EQ(page.info.job_id, "82da");
  EXPECT_EQ(page.info.result_kind, "SUCCESS_WITH_CONTENT");
  EXPECT_TRUE(page.info.is_query);
  EXPECT_EQ(page.info.row_format, "JSON");
  EXPECT_TRUE(gateway.has_columns());
}

TEST(FlinkPages, AResultMayChangeItsFormatButNotItsColumns) {
  PageDecoder decoder(Encoding::kGatewayJson);
  const std::string type = R"({"type":"DECIMAL","precision":5,"scale":2})";
  const auto one = [&](const char* format, const char* json) {
    return gateway_page(
        type, format,
        std::string(R"({"kind":"UPDATE_AFTER","fields":[)") + json + "]}");
  };
  EXPECT_THAT(rows_of(decoder, one("JSON", "1.5")), ElementsAre("(150)"));
  EXPECT_THAT(rows_of(decoder, one("PLAIN_TEXT", "\"1.50\"")), ElementsAre("(150)"));
  EXPECT_THAT(rows_of(decoder, one("JSON", "2E+2")), ElementsAre("(20000)"));
  EXPECT_THROW((void)decoder.decode(gateway_page(R"({"type":"INTEGER"})", "JSON", "")),
               Error);
  EXPECT_THAT(rows_of(decoder, one("JSON", "3")), ElementsAre("(300)"));
}

TEST(FlinkPages, WhatIsNoPageIsRefusedAndForgotten) {
  PageDecoder decoder = confluent({"INT", "STRING"});
  const std::string good = page_of(R"({"row":["1","a"]},{"row":["2","b"]})");
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("7"),
        std::string("<html>"), good + "x", good.substr(0, good.size() - 3),
        page_of(R"({"row":["1","a]},{"row":["2","b"]})"),
        page_of(R"({"row":["1" "a"]})"), page_of("{\"row\":[\"1\",\"\xff\"]}"),
        page_of(R"({"row":["1","\ud800"]})"),
        std::string(R"({"results":{"data":7}})")}) {
    try {
      (void)decoder.decode(bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidData) << bad;
      EXPECT_THAT(error.message(), HasSubstr("reading a result page: ")) << bad;
    }
    EXPECT_THAT(rows_of(decoder, good), ElementsAre("(1,a)", "(2,b)")) << bad;
  }
  PageDecoder unknown(Encoding::kConfluent);
  EXPECT_THROW((void)unknown.decode(good), Error);
  EXPECT_EQ(unknown.decode(page_of(" ", "n")).info.next, "n");
}

std::string undetermined(const char* type, Encoding encoding) {
  const auto found = undetermined_columns(columns_of({type}), encoding);
  return found.empty() ? "" : found[0].what;
}

TEST(FlinkPages, ColumnsThatAFormatDoesNotDetermineAreNamedWithACast) {
  constexpr auto kJson = Encoding::kGatewayJson;
  constexpr auto kPlain = Encoding::kGatewayPlainText;
  for (const char* type : {"INT", "ARRAY<STRING>", "MAP<STRING, ROW<a BYTES>>"}) {
    EXPECT_EQ(undetermined(type, kJson), "") << type;
  }
  for (const char* type : {"STRING", "VARIANT", "MAP<INT, ARRAY<DOUBLE>>",
                           "ROW<a TIMESTAMP(3), a BYTES>"}) {
    EXPECT_EQ(undetermined(type, kPlain), "") << type;
  }
  EXPECT_THAT(undetermined("VARIANT", kJson), HasSubstr("rowFormat=PLAIN_TEXT"));
  EXPECT_THAT(undetermined("ARRAY<STRING>", kPlain), HasSubstr("rowFormat=JSON"));
  const std::string map = undetermined("MAP<INT, STRING>", kPlain);
  EXPECT_THAT(map, HasSubstr("column 1 'c0' (MAP<INT, STRING>)"));
  EXPECT_THAT(map, HasSubstr("CAST(`c0` AS MAP<STRING, STRING>)"));
  EXPECT_THAT(undetermined("MAP<INT NOT NULL, STRING>", kJson),
              HasSubstr("CAST(`c0` AS MAP<STRING NOT NULL, STRING>)"));
  // The cast of another column makes JSON possible.
  const auto both =
      undetermined_columns(columns_of({"VARIANT", "ARRAY<STRING>"}), kPlain);
  ASSERT_EQ(both.size(), 1U);
  EXPECT_THAT(both[0].what, HasSubstr("column 2 'c1' (ARRAY<STRING>)"));
  EXPECT_THAT(both[0].what, HasSubstr("JSON_STRING(`c0`)"));
  PageDecoder decoder(kPlain);
  try {
    decoder.set_columns(columns_of({"ARRAY<STRING>"}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotImplemented);
  }
}

}  // namespace
}  // namespace fletching::flink
