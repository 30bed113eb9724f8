// SPDX-License-Identifier: Apache-2.0
#include "flight/schema_match.h"

#include <gtest/gtest.h>

#include <vector>

namespace fletching {
namespace {

struct Column {
  const char* name;
  ArrowType type;
};

UniqueSchema table(const std::vector<Column>& columns) {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(
      ArrowSchemaSetTypeStruct(out.get(), static_cast<int64_t>(columns.size())));
  for (size_t i = 0; i < columns.size(); ++i) {
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(out->children[i], columns[i].type));
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(out->children[i], columns[i].name));
  }
  return out;
}

std::string difference(const UniqueSchema& a, const UniqueSchema& b) {
  return schema_difference(*a.get(), *b.get());
}

TEST(SchemaDifference, NamesTheColumn) {
  const auto a = table({{"x", NANOARROW_TYPE_INT32}, {"y", NANOARROW_TYPE_STRING}});
  EXPECT_EQ(difference(a, a), "");
  EXPECT_EQ(
      difference(a, table({{"x", NANOARROW_TYPE_INT32}, {"y", NANOARROW_TYPE_INT64}})),
      "column 'y' has the types 'u' and 'l'");
  EXPECT_EQ(
      difference(a, table({{"x", NANOARROW_TYPE_INT32}, {"z", NANOARROW_TYPE_STRING}})),
      "the schema names field 1 'y' and 'z'");
  EXPECT_EQ(difference(a, table({{"x", NANOARROW_TYPE_INT32}})),
            "the schema has 2 and 1 fields");
}

TEST(SchemaDifference, NullabilityMetadataAndListItemNamesDoNotCount) {
  const auto list_of = [](const char* item) {
    auto out = table({{"l", NANOARROW_TYPE_LIST}});
    NANOARROW_THROW_NOT_OK(
        ArrowSchemaSetType(out->children[0]->children[0], NANOARROW_TYPE_INT32));
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(out->children[0]->children[0], item));
    return out;
  };
  auto a = list_of("item");
  auto b = list_of("element");
  b->children[0]->flags = 0;
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetMetadata(b->children[0], "\0\0\0\0"));
  EXPECT_EQ(difference(a, b), "");
  EXPECT_FALSE(has_metadata(*a.get()));
  EXPECT_TRUE(has_metadata(*b.get()));
}

TEST(SchemaDifference, DictionariesCount) {
  const auto plain = table({{"d", NANOARROW_TYPE_INT32}});
  auto encoded = table({{"d", NANOARROW_TYPE_INT32}});
  NANOARROW_THROW_NOT_OK(ArrowSchemaAllocateDictionary(encoded->children[0]));
  ArrowSchemaInit(encoded->children[0]->dictionary);
  NANOARROW_THROW_NOT_OK(
      ArrowSchemaSetType(encoded->children[0]->dictionary, NANOARROW_TYPE_STRING));
  EXPECT_NE(difference(plain, encoded), "");
  EXPECT_EQ(difference(encoded, encoded), "");
}

}  // namespace
}  // namespace fletching
