// SPDX-License-Identifier: Apache-2.0
#include "flink/types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fletching/error.h"

namespace fletching::flink {
namespace {

using testing::HasSubstr;

std::string round(const char* sql) { return sql_text(parse_type(sql)); }

std::string refusal(const char* sql) {
  try {
    (void)parse_type(sql);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    return error.message();
  }
  return "not refused";
}

TEST(FlinkTypes, SqlTextIsReadAndWrittenAsFlinkWritesIt) {
  EXPECT_EQ(round("int"), "INT");
  EXPECT_EQ(round("INTEGER NOT NULL"), "INT");
  EXPECT_FALSE(parse_type("INTEGER NOT NULL").nullable);
  EXPECT_EQ(round("decimal"), "DECIMAL(10, 0)");
  EXPECT_EQ(round("NUMERIC( 12 , 3 )"), "DECIMAL(12, 3)");
  EXPECT_EQ(round("varchar"), "VARCHAR(1)");
  EXPECT_EQ(round("varchar(2147483647)"), "STRING");
  EXPECT_EQ(round("string"), "STRING");
  EXPECT_EQ(round("BYTES"), "BYTES");
  EXPECT_EQ(round("double precision"), "DOUBLE");
  EXPECT_EQ(round("TIME(3) WITHOUT TIME ZONE"), "TIME(3)");
  EXPECT_EQ(round("TIMESTAMP"), "TIMESTAMP(6)");
  EXPECT_EQ(round("TIMESTAMP(3) WITH LOCAL TIME ZONE"), "TIMESTAMP_LTZ(3)");
  EXPECT_EQ(round("TIMESTAMP_WITH_LOCAL_TIME_ZONE"), "TIMESTAMP_LTZ(6)");
  EXPECT_EQ(round("TIMESTAMP(3) *ROWTIME*"), "TIMESTAMP(3)");
  EXPECT_EQ(round("interval day to second"), "INTERVAL DAY(2) TO SECOND(6)");
  EXPECT_EQ(round("INTERVAL DAYS TO SECOND"), "INTERVAL DAY(2) TO SECOND(6)");
  EXPECT_EQ(round("INTERVAL DAY(4) TO SECOND(3)"), "INTERVAL DAY(4) TO SECOND(3)");
  EXPECT_EQ(round("INTERVAL YEAR TO MONTH"), "INTERVAL YEAR(2) TO MONTH");
  EXPECT_EQ(round("INTERVAL MONTH"), "INTERVAL MONTH");
  EXPECT_EQ(round("INTERVAL_DAY_TIME"), "INTERVAL DAY(2) TO SECOND(6)");
  EXPECT_EQ(round("array<int not null>"), "ARRAY<INT NOT NULL>");
  EXPECT_EQ(round("MAP<STRING, ARRAY<DECIMAL(3,1)>>"),
            "MAP<STRING, ARRAY<DECIMAL(3, 1)>>");
  EXPECT_EQ(round("MULTISET<BIGINT>"), "MULTISET<BIGINT>");
  EXPECT_EQ(round("row(a int, `b ``c` string 'what, it is' , d row<e date not null>)"),
            "ROW<`a` INT, `b ``c` STRING, `d` ROW<`e` DATE NOT NULL>>");
  EXPECT_EQ(round("VARIANT"), "VARIANT");
}

TEST(FlinkTypes, WhatIsNoTypeIsRefusedWhole) {
  for (const char* sql : {"",
                          "ROW) ; drop table x --",
                          "INT; drop table t",
                          "INT)",
                          "ARRAY",
                          "ARRAY<INT",
                          "MAP<INT>",
                          "DECIMAL(39, 1)",
                          "DECIMAL(3, 4)",
                          "TIMESTAMP(10)",
                          "VARCHAR(0)",
                          "VARCHAR(-1)",
                          "STRING /* '",
                          "GEOGRAPHY",
                          "INTERVAL DAY TO MONTH",
                          "INT INT",
                          "TIMESTAMP WITH TIME ZONE",
                          "'INT'",
                          "ROW<`a INT>",
                          "DECIMAL(99999999999999)"}) {
    EXPECT_THAT(refusal(sql), HasSubstr("reading a Flink type: ")) << sql;
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "ARRAY<";
  EXPECT_THAT(refusal(deep.c_str()), HasSubstr("nested more than 64 deep"));
}

// Replies of a real SQL Gateway (2.3).
constexpr const char* kGatewayColumns = R"([
  {"name":"d","logicalType":{"type":"DECIMAL","nullable":false,"precision":20,"scale":4},"comment":null},
  {"name":"l","logicalType":{"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":false,"precision":3},"comment":"when"},
  {"name":"m","logicalType":{"type":"MAP","nullable":false,"keyType":{"type":"CHAR","nullable":false,"length":1},"valueType":{"type":"INTEGER","nullable":false}},"comment":null},
  {"name":"r","logicalType":{"type":"ROW","nullable":false,"fields":[{"name":"a","fieldType":{"type":"INTEGER","nullable":true}},{"name":"b","fieldType":{"type":"VARCHAR","nullable":true,"length":2147483647}}]},"comment":null},
  {"name":"i","logicalType":{"type":"INTERVAL_DAY_TIME","nullable":false,"precision":2,"fractionalPrecision":3,"resolution":"SECOND"},"comment":null}])";

TEST(FlinkTypes, TheGatewaysColumnsAreRead) {
  const Columns columns = parse_columns_json(kGatewayColumns);
  ASSERT_EQ(columns.size(), 5U);
  EXPECT_EQ(sql_text(columns[0].type), "DECIMAL(20, 4)");
  EXPECT_EQ(sql_text(columns[1].type), "TIMESTAMP_LTZ(3)");
  EXPECT_EQ(columns[1].comment, "when");
  EXPECT_EQ(sql_text(columns[2].type), "MAP<CHAR(1) NOT NULL, INT NOT NULL>");
  EXPECT_EQ(sql_text(columns[3].type), "ROW<`a` INT, `b` STRING>");
  EXPECT_EQ(sql_text(columns[4].type), "INTERVAL SECOND(3)");
}

TEST(FlinkTypes, ConfluentsSchemaIsRead) {
  const Columns columns = parse_columns_json(R"({"columns":[
    {"name":"id","type":{"type":"BIGINT","nullable":false}},
    {"name":"n","type":{"type":"ROW","nullable":true,"fields":[
      {"name":"a","field_type":{"type":"INTEGER","nullable":true},"description":"x"},
      {"name":"m","field_type":{"type":"MAP","nullable":true,
        "key_type":{"type":"VARCHAR","nullable":false,"length":2147483647},
        "value_type":{"type":"DECIMAL","nullable":true,"precision":10,"scale":2}}}]}},
    {"name":"s","type":{"type":"MULTISET","element_type":{"type":"INTEGER"}}},
    {"name":"w","type":{"type":"GEOGRAPHY","nullable":true}}]})");
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_EQ(sql_text(columns[1].type),
            "ROW<`a` INT, `m` MAP<STRING NOT NULL, DECIMAL(10, 2)>>");
  EXPECT_EQ(sql_text(columns[2].type), "MULTISET<INT>");
  EXPECT_EQ(columns[3].type.root, Root::kOther);
  try {
    (void)arrow_schema(columns);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotImplemented);
    EXPECT_THAT(error.message(), HasSubstr("column 4 'w' (GEOGRAPHY)"));
    EXPECT_THAT(error.message(), HasSubstr("CAST(`w` AS STRING)"));
  }
}

TEST(FlinkTypes, WhatIsNoColumnIsRefused) {
  for (const char* json :
       {"", "{", "{}", "[1]", R"([{"name":"a"}])", R"([{"name":"a","type":7}])",
        R"([{"name":"a","type":{"type":"ARRAY"}}])",
        R"([{"name":"a","type":{"type":"DECIMAL","precision":39}}])",
        R"([{"name":"a","type":{"type":"DECIMAL","precision":"x"}}])",
        R"([{"name":"a","type":{"type":"ROW","fields":[{"name":"b"}]}}])"}) {
    try {
      (void)parse_columns_json(json);
      ADD_FAILURE() << json;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidData) << json;
    }
  }
}

struct Arrow {
  const char* type;
  const char* format;
};

TEST(FlinkTypes, ArrowTypesKeepEachUnit) {
  for (const Arrow& expected : {
           Arrow{"BOOLEAN", "b"},
           {"TINYINT", "c"},
           {"SMALLINT", "s"},
           {"INT", "i"},
           {"BIGINT", "l"},
           {"FLOAT", "f"},
           {"DOUBLE", "g"},
           {"DECIMAL(20,4)", "d:20,4"},
           {"CHAR(3)", "u"},
           {"STRING", "u"},
           {"BINARY(2)", "z"},
           {"BYTES", "z"},
           {"DATE", "tdD"},
           {"TIME", "tts"},
           {"TIME(3)", "ttm"},
           {"TIME(6)", "ttu"},
           {"TIME(9)", "ttn"},
           {"TIMESTAMP(0)", "tss:"},
           {"TIMESTAMP(1)", "tsm:"},
           {"TIMESTAMP(6)", "tsu:"},
           {"TIMESTAMP(9)", "tsn:"},
           {"TIMESTAMP_LTZ(3)", "tsm:Europe/Paris"},
           {"INTERVAL YEAR TO MONTH", "tiM"},
           {"INTERVAL SECOND(0)", "tDm"},
           {"INTERVAL DAY TO SECOND(3)", "tDm"},
           {"INTERVAL DAY TO SECOND(9)", "tDn"},
           {"ARRAY<INT>", "+l"},
           {"MAP<STRING, INT>", "+m"},
           {"MULTISET<STRING>", "+m"},
           {"ROW<a INT>", "+s"},
           {"VARIANT", "u"},
           {"NULL", "n"},
       }) {
    const UniqueSchema schema =
        arrow_schema({{"c", parse_type(expected.type), ""}}, {"Europe/Paris"});
    EXPECT_STREQ(schema->children[0]->format, expected.format) << expected.type;
    ArrowSchemaView view;
    EXPECT_EQ(ArrowSchemaViewInit(&view, schema->children[0], nullptr), NANOARROW_OK)
        << expected.type;
  }
}

std::string metadata(const ArrowSchema& schema, const char* key) {
  ArrowStringView value = ArrowCharView(nullptr);
  (void)ArrowMetadataGetValue(schema.metadata, ArrowCharView(key), &value);
  return value.data == nullptr
             ? ""
             : std::string(value.data, static_cast<size_t>(value.size_bytes));
}

TEST(FlinkTypes, FieldsSayWhatTheyAreInFlink) {
  const UniqueSchema schema =
      arrow_schema({{"a", parse_type("MULTISET<INT> NOT NULL"), "how many"},
                    {"v", parse_type("VARIANT"), ""}});
  EXPECT_EQ(metadata(*schema->children[0], "flink.type"), "MULTISET<INT> NOT NULL");
  EXPECT_EQ(metadata(*schema->children[0], "flink.comment"), "how many");
  EXPECT_EQ(schema->children[0]->flags & ARROW_FLAG_NULLABLE, 0);
  EXPECT_EQ(metadata(*schema->children[1], "ARROW:extension:name"), "arrow.json");
  EXPECT_NE(schema->children[1]->flags & ARROW_FLAG_NULLABLE, 0);
}

}  // namespace
}  // namespace fletching::flink
