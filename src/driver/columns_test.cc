// SPDX-License-Identifier: Apache-2.0
#include "driver/columns.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace fletching {
namespace {

using Metadata = std::map<std::string, std::string>;

void ok(int code) { NANOARROW_THROW_NOT_OK(code); }

ColumnFacts facts_of(const std::function<void(ArrowSchema*)>& make,
                     const Metadata& metadata = {}) {
  UniqueSchema field;
  ArrowSchemaInit(field.get());
  make(field.get());
  nanoarrow::UniqueBuffer buffer;
  ok(ArrowMetadataBuilderInit(buffer.get(), nullptr));
  for (const auto& [key, value] : metadata) {
    const std::string name = "ARROW:FLIGHT:SQL:" + key;
    ok(ArrowMetadataBuilderAppend(buffer.get(), ArrowCharView(name.c_str()),
                                  ArrowCharView(value.c_str())));
  }
  if (!metadata.empty()) {
    ok(ArrowSchemaSetMetadata(field.get(),
                              reinterpret_cast<const char*>(buffer->data)));
  }
  return column_facts(*field.get());
}

ColumnFacts facts_of(ArrowType type, const Metadata& metadata = {}) {
  return facts_of([type](ArrowSchema* s) { ok(ArrowSchemaSetType(s, type)); },
                  metadata);
}

// XdbcDataType's numbers, from FlightSql.proto.
TEST(ColumnFacts, TypesSayThemselvesWhereTheServerDoesNot) {
  EXPECT_EQ(facts_of(NANOARROW_TYPE_BOOL).data_type, -7);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_INT8).data_type, -6);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_INT16).data_type, 5);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_INT32).data_type, 4);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_INT64).data_type, -5);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_UINT64).size, 20);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_DOUBLE).radix, 2);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_STRING_VIEW).type_name, "VARCHAR");
  EXPECT_EQ(facts_of(NANOARROW_TYPE_LARGE_BINARY).data_type, -3);
  EXPECT_EQ(facts_of(NANOARROW_TYPE_NA).data_type, 0);
}

TEST(ColumnFacts, DecimalsAndMomentsHaveTheirDigits) {
  const ColumnFacts price = facts_of([](ArrowSchema* s) {
    ok(ArrowSchemaSetTypeDecimal(s, NANOARROW_TYPE_DECIMAL128, 9, 2));
  });
  EXPECT_EQ(price.size, 9);
  EXPECT_EQ(price.digits, 2);
  const ColumnFacts at = facts_of([](ArrowSchema* s) {
    ok(ArrowSchemaSetTypeDateTime(s, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_NANO,
                                  "UTC"));
  });
  EXPECT_EQ(at.data_type, 93);
  EXPECT_EQ(at.sql_data_type, 9);
  EXPECT_EQ(at.datetime_subcode, 3);
  EXPECT_EQ(at.size, 29);
  EXPECT_EQ(at.digits, 9);
  EXPECT_EQ(at.type_name, "TIMESTAMP WITH TIME ZONE");
}

TEST(ColumnFacts, TheServersWordWins) {
  const ColumnFacts facts = facts_of(NANOARROW_TYPE_STRING, {{"TYPE_NAME", "citext"},
                                                             {"PRECISION", "40"},
                                                             {"SCALE", "3"},
                                                             {"IS_AUTO_INCREMENT", "1"},
                                                             {"REMARKS", "a note"},
                                                             {"CATALOG_NAME", "c"},
                                                             {"DB_SCHEMA_NAME", "s"},
                                                             {"TABLE_NAME", "t"}});
  EXPECT_EQ(facts.type_name, "citext");
  EXPECT_EQ(facts.size, 40);
  EXPECT_EQ(facts.digits, 3);
  EXPECT_EQ(facts.auto_increment, true);
  EXPECT_EQ(facts.remarks, "a note");
  EXPECT_EQ(facts.catalog, "c");
  EXPECT_EQ(facts.schema, "s");
  EXPECT_EQ(facts.table, "t");
}

TEST(ColumnFacts, TheImplementationsSpellingOfTheSchemaWins) {
  const Metadata both = {{"DB_SCHEMA_NAME", "text"}, {"SCHEMA_NAME", "code"}};
  EXPECT_EQ(facts_of(NANOARROW_TYPE_INT8, both).schema, "code");
}

TEST(ColumnFacts, NonsenseInMetadataIsPassedOver) {
  const ColumnFacts facts = facts_of(NANOARROW_TYPE_INT32, {{"PRECISION", "many"},
                                                            {"SCALE", "99999999999"},
                                                            {"IS_AUTO_INCREMENT", "?"},
                                                            {"TYPE_NAME", ""},
                                                            {"REMARKS", "\xff"}});
  EXPECT_EQ(facts.size, 10);
  EXPECT_EQ(facts.digits, 0);
  EXPECT_FALSE(facts.auto_increment);
  EXPECT_EQ(facts.type_name, "INTEGER");
  EXPECT_FALSE(facts.remarks);
}

TEST(ColumnFacts, ADictionaryIsItsValues) {
  const ColumnFacts facts = facts_of([](ArrowSchema* s) {
    ok(ArrowSchemaSetType(s, NANOARROW_TYPE_INT32));
    ok(ArrowSchemaAllocateDictionary(s));
    ArrowSchemaInit(s->dictionary);
    ok(ArrowSchemaSetType(s->dictionary, NANOARROW_TYPE_STRING));
  });
  EXPECT_EQ(facts.data_type, 12);
}

}  // namespace
}  // namespace fletching
