// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_filter.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using Kind = MetadataRequest::Kind;
using Texts = std::vector<std::optional<std::string_view>>;

TEST(MetadataFilter, WithoutFiltersNoColumnIsLookedAt) {
  for (const Kind kind : {Kind::kCatalogs, Kind::kDbSchemas, Kind::kTables}) {
    const MetadataFilter filter({.kind = kind});
    EXPECT_TRUE(filter.text_columns().empty());
    EXPECT_TRUE(filter.keeps({}));
  }
}

TEST(MetadataFilter, AnEmptyCatalogIsOneThatIsMissing) {
  const MetadataFilter filter({.kind = Kind::kTables, .catalog = ""});
  EXPECT_TRUE(filter.keeps(Texts{std::nullopt}));
  EXPECT_TRUE(filter.keeps(Texts{""}));
  EXPECT_FALSE(filter.keeps(Texts{"c"}));
}

TEST(MetadataFilter, TablesAreJudgedByAllFour) {
  const MetadataFilter filter({.kind = Kind::kTables,
                               .catalog = "c",
                               .schema_pattern = "s%",
                               .table_pattern = "t\\_",
                               .table_types = {"table", "VIEW"}});
  EXPECT_EQ(filter.text_columns(), (std::vector<size_t>{0, 1, 2, 3}));
  EXPECT_TRUE(filter.keeps(Texts{"c", "s1", "t_", "TABLE"}));
  EXPECT_TRUE(filter.keeps(Texts{"c", "s", "t_", "view"}));
  EXPECT_FALSE(filter.keeps(Texts{"C", "s1", "t_", "TABLE"}));
  EXPECT_FALSE(filter.keeps(Texts{"c", "x", "t_", "TABLE"}));
  EXPECT_FALSE(filter.keeps(Texts{"c", "s1", "tx", "TABLE"}));
  EXPECT_FALSE(filter.keeps(Texts{"c", "s1", "t_", "BASE TABLE"}));
  EXPECT_FALSE(filter.keeps(Texts{std::nullopt, "s1", "t_", "TABLE"}));
}

TEST(MetadataFilter, KeysThatDoNotSayTheirSchemaAreKept) {
  const MetadataFilter filter({.kind = Kind::kPrimaryKeys, .table = {"c", "s", "t"}});
  EXPECT_TRUE(filter.keeps(Texts{std::nullopt, std::nullopt, "t"}));
  EXPECT_TRUE(filter.keeps(Texts{"c", "s", "t"}));
  EXPECT_FALSE(filter.keeps(Texts{"c", "other", "t"}));
  EXPECT_FALSE(filter.keeps(Texts{"c", "s", "T"}));
}

TEST(MetadataFilter, CrossReferencesAreJudgedByBothTables) {
  const MetadataFilter filter({.kind = Kind::kCrossReference,
                               .table = {{}, {}, "p"},
                               .foreign_table = {{}, "s", "f"}});
  EXPECT_EQ(filter.text_columns(), (std::vector<size_t>{2, 5, 6}));
  EXPECT_TRUE(filter.keeps(Texts{"p", "s", "f"}));
  EXPECT_FALSE(filter.keeps(Texts{"f", "s", "p"}));
}

TEST(MetadataFilter, NumbersChooseTypesAndInfos) {
  const MetadataFilter type({.kind = Kind::kTypeInfo, .data_type = 12});
  EXPECT_TRUE(type.keeps_number(12));
  EXPECT_FALSE(type.keeps_number(3));
  EXPECT_FALSE(type.keeps_number(std::nullopt));
  const MetadataFilter info({.kind = Kind::kSqlInfo, .info_ids = {1, 500}});
  EXPECT_TRUE(info.keeps_number(500));
  EXPECT_FALSE(info.keeps_number(0));
  EXPECT_TRUE(MetadataFilter({.kind = Kind::kSqlInfo}).keeps_number(10'000));
}

}  // namespace
}  // namespace fletching
