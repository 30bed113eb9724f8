// SPDX-License-Identifier: Apache-2.0
#include "flightsql/commands.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using std::string_literals::operator""s;

TEST(Commands, AStatementIsAnAnyByTheBook) {
  const std::string url =
      "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery";
  EXPECT_EQ(statement_query("select 1"),
            "\x0a"s + static_cast<char>(url.size()) + url + "\x12\x0a\x0a\x08select 1");
}

TEST(Commands, APlanIsWrappedWithItsVersionAndTransaction) {
  const std::string command = statement_plan({"plan", "0.55"}, "t");
  EXPECT_EQ(command.substr(command.size() - 17),
            "\x0a\x0c\x0a\x04plan\x12\x04"
            "0.55\x12\x01t"s);
  const std::string bare = statement_plan({"plan", ""});
  EXPECT_EQ(bare.substr(bare.size() - 8), "\x0a\x06\x0a\x04plan"s);
}

TEST(Commands, AnEmptyFilterDiffersFromNone) {
  const MetadataRequest none{.kind = MetadataRequest::Kind::kDbSchemas};
  MetadataRequest empty = none;
  empty.catalog = "";
  EXPECT_EQ(metadata_command(empty).substr(metadata_command(empty).size() - 2),
            "\x0a\x00"s);
  EXPECT_NE(metadata_command(none), metadata_command(empty));
}

TEST(Commands, UpdateCountsOfEveryServer) {
  EXPECT_EQ(update_count("\x08\x05"), 5);
  EXPECT_EQ(update_count("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -1);
  EXPECT_EQ(update_count(""), 0);  // proto3 leaves a zero out
  EXPECT_EQ(update_count("\x08"), -1);
  EXPECT_EQ(update_count("hello"), -1);
}

}  // namespace
}  // namespace fletching
