// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/args.h"
#include "cli/ingest_files.h"

namespace fletching::cli {
namespace {

Arguments parse(std::vector<std::string> words) { return parse_arguments(words); }

TEST(CommandLine, OptionsMayStandAnywhere) {
  const Arguments a = parse({"query", "--format=jsonl", "grpc://h:1", "--user", "me",
                             "select 1", "--option", "timeout=3", "-q"});
  EXPECT_EQ(a.command, "query");
  EXPECT_EQ(a.words, (std::vector<std::string>{"grpc://h:1", "select 1"}));
  EXPECT_EQ(a.output.format, Format::kJsonLines);
  EXPECT_EQ(a.options.at("user"), "me");
  EXPECT_EQ(a.options.at("timeout"), "3");
  EXPECT_TRUE(a.quiet);
}

TEST(CommandLine, ADashIsAWordAndSqlMayBeginWithAComment) {
  EXPECT_EQ(parse({"query", "grpc://h:1", "-"}).words[1], "-");
  EXPECT_EQ(parse({"query", "grpc://h:1", "-- c\nselect 1"}).words[1],
            "-- c\nselect 1");
  EXPECT_EQ(parse({"query", "grpc://h:1", "--c\nselect 1"}).words[1], "--c\nselect 1");
  EXPECT_EQ(parse({"query", "grpc://h:1", "--", "--c"}).words[1], "--c");
}

TEST(CommandLine, ValuesMayHaveBlanks) {
  const Arguments a = parse({"query", "u", "s", "--password=two words", "--header",
                             "x-note=a b", "--option=user_agent=me = you"});
  EXPECT_EQ(a.options.at("password"), "two words");
  EXPECT_EQ(a.options.at("adbc.flight.sql.rpc.call_header.x-note"), "a b");
  EXPECT_EQ(a.options.at("user_agent"), "me = you");
  EXPECT_EQ(a.words.size(), 2u);
}

TEST(CommandLine, OfAnIngest) {
  const Arguments a =
      parse({"--format", "csv", "ingest", "grpc://h:1", "t", "a.csv", "-", "--mode",
             "append", "--temporary", "--insert-fallback", "--ingest-option", "block=7",
             "--null-values", "NA", "--column-type=n=int64", "--schema", "s"});
  EXPECT_EQ(a.words, (std::vector<std::string>{"grpc://h:1", "t", "a.csv", "-"}));
  EXPECT_EQ(a.format_name, "csv");
  EXPECT_EQ(a.ingest.mode, IngestOptions::Mode::kAppend);
  EXPECT_TRUE(a.ingest.temporary);
  EXPECT_TRUE(a.ingest.insert_fallback);
  EXPECT_EQ(a.ingest.options.at("block"), "7");
  EXPECT_EQ(a.csv_options,
            (std::vector<std::string>{"--null-values=NA", "--column-type=n=int64"}));
  EXPECT_EQ(a.schema, "s");
}

TEST(FileKind, IsByContentThenByName) {
  EXPECT_EQ(kind_of_file("x.csv", "ARROW1\0\0"), FileKind::kArrow);
  EXPECT_EQ(kind_of_file("-", "\xFF\xFF\xFF\xFF...."), FileKind::kArrow);
  EXPECT_EQ(kind_of_file("x", "PAR1...."), FileKind::kParquet);
  EXPECT_EQ(kind_of_file("x.csv.gz", std::string_view("\x1F\x8B\0\0", 4)),
            FileKind::kCsv);
  EXPECT_EQ(kind_of_file("-", "a,b\n1,2\n"), FileKind::kCsv);
  EXPECT_EQ(kind_of_file("-", ""), FileKind::kCsv);
  EXPECT_THROW(static_cast<void>(kind_of_file("x.arrow", "a,b")), Error);
  EXPECT_THROW(static_cast<void>(kind_of_file("x", "FEA1....")), Error);
  EXPECT_THROW(static_cast<void>(kind_of_file("x", std::string_view("\0\1", 2))),
               Error);
}

TEST(CommandLine, ServeTakesEverythingAsItIs) {
  EXPECT_EQ(parse({"serve", "--port", "1", "--help"}).words.size(), 3u);
}

std::string complaint(std::vector<std::string> words) {
  try {
    static_cast<void>(parse_arguments(words));
  } catch (const UsageError& e) {
    return e.what();
  }
  return "";
}

TEST(CommandLine, MistakesAreNamed) {
  EXPECT_NE(complaint({"qurey", "x"}).find("'qurey'"), std::string::npos);
  EXPECT_NE(complaint({"query"}).find("needs a URL"), std::string::npos);
  EXPECT_NE(complaint({"query", "u"}).find("SQL"), std::string::npos);
  EXPECT_NE(complaint({"query", "u", "select", "1"}).find("quote"), std::string::npos);
  EXPECT_NE(complaint({"query", "u", "s", "--frmat", "csv"}).find("--frmat"),
            std::string::npos);
  EXPECT_NE(complaint({"query", "u", "s", "--format", "xml"}).find("xml"),
            std::string::npos);
  EXPECT_NE(complaint({"ingest", "u", "t"}).find("needs a file"), std::string::npos);
  EXPECT_NE(complaint({"ingest", "u", "t", "f", "--mode", "x"}).find("create_append"),
            std::string::npos);
  EXPECT_NE(complaint({"ingest", "u", "t", "f", "--format", "jsonl"}).find("parquet"),
            std::string::npos);
  EXPECT_NE(complaint({"query", "u", "s", "--user"}).find("needs a value"),
            std::string::npos);
}

TEST(CommandLine, HelpOfACommandLeavesOutWhatIsNotItsOwn) {
  const std::string all = help_text("");
  for (const char* text : {"fletching query", "fletching ping", "--format", "--catalog",
                           "--token", "Exit codes"}) {
    EXPECT_NE(all.find(text), std::string::npos) << text;
  }
  const std::string ping = help_text("ping");
  EXPECT_NE(ping.find("fletching ping"), std::string::npos);
  EXPECT_NE(ping.find("--token"), std::string::npos);
  EXPECT_EQ(ping.find("fletching query"), std::string::npos);
  EXPECT_EQ(ping.find("--format"), std::string::npos);
  EXPECT_NE(help_text("tables").find("--catalog"), std::string::npos);
  EXPECT_EQ(help_text("query").find("--catalog"), std::string::npos);
  EXPECT_TRUE(parse({"query", "--help"}).help);
}

}  // namespace
}  // namespace fletching::cli
