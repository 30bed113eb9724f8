// SPDX-License-Identifier: Apache-2.0
#include "driver/ingest_insert.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

void ok(int code) { NANOARROW_THROW_NOT_OK(code); }

UniqueSchema field(const char* format) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  ok(ArrowSchemaSetFormat(schema.get(), format));
  ok(ArrowSchemaSetName(schema.get(), "c"));
  return schema;
}

std::string type_in(const char* profile, const char* format) {
  return sql_type(dialect_of(find_profile(profile)), *field(format).get());
}

TEST(SqlType, KeepsDigitsAndUnits) {
  EXPECT_EQ(type_in("duckdb", "l"), "BIGINT");
  EXPECT_EQ(type_in("duckdb", "L"), "UBIGINT");
  EXPECT_EQ(type_in("duckdb", "d:12,2"), "DECIMAL(12, 2)");
  EXPECT_EQ(type_in("duckdb", "u"), type_in("duckdb", "vu"));
  EXPECT_EQ(type_in("duckdb", "tsn:"), "TIMESTAMP_NS");
  EXPECT_EQ(type_in("generic", "tdD"), "DATE");
}

TEST(SqlType, OfADictionaryIsThatOfItsValues) {
  UniqueSchema schema = field("i");
  ok(ArrowSchemaAllocateDictionary(schema.get()));
  ArrowSchemaInit(schema->dictionary);
  ok(ArrowSchemaSetType(schema->dictionary, NANOARROW_TYPE_STRING));
  EXPECT_EQ(sql_type(dialect_of(find_profile("duckdb")), *schema.get()), "VARCHAR");
}

TEST(SqlType, WhatHasNoneNamesTheColumnAndTheWayOut) {
  try {
    static_cast<void>(type_in("generic", "+us:0,1"));
    ADD_FAILURE() << "a union has no type";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotImplemented);
    EXPECT_NE(error.message().find("column c"), std::string::npos);
    EXPECT_NE(error.message().find("mode=append"), std::string::npos);
  }
  EXPECT_THROW(static_cast<void>(type_in("duckdb", "d:60,2,256")), Error);
}

TEST(QuoteTable, QuotesEachPart) {
  const SqlDialect& dialect = dialect_of(find_profile("duckdb"));
  EXPECT_EQ(quote_table({}, {}, "a\"b", dialect), "\"a\"\"b\"");
  EXPECT_EQ(quote_table({}, "s", "a", dialect), "\"s\".\"a\"");
  EXPECT_EQ(quote_table("c.d", "s", "a", dialect), "\"c.d\".\"s\".\"a\"");
  EXPECT_EQ(quote_table("", "", "a", dialect), "\"a\"") << "an empty one is none";
}

}  // namespace
}  // namespace fletching
