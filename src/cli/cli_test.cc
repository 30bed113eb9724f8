// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <clocale>

#include "cli/args.h"
#include "cli/cell.h"
#include "cli/ingest_files.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/time_text.h"

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

std::string timestamp(int64_t count, int64_t per_second) {
  std::string out;
  append_timestamp(out, count, per_second, ' ');
  return out;
}

TEST(TimeText, IsExactAtTheEdges) {
  EXPECT_EQ(timestamp(0, 1), "1970-01-01 00:00:00");
  EXPECT_EQ(timestamp(-1, 1000000000), "1969-12-31 23:59:59.999999999");
  EXPECT_EQ(timestamp(1356998400123456, 1000000), "2013-01-01 00:00:00.123456");
  EXPECT_EQ(timestamp(951782400, 1), "2000-02-29 00:00:00");
  EXPECT_EQ(timestamp(-62135596801, 1), "0000-12-31 23:59:59");
  EXPECT_EQ(timestamp(253402300800, 1), "10000-01-01 00:00:00");
  EXPECT_EQ(timestamp(INT64_MAX, 1000000000), "2262-04-11 23:47:16.854775807");
  EXPECT_EQ(timestamp(INT64_MIN, 1000000000), "1677-09-21 00:12:43.145224192");
  EXPECT_EQ(timestamp(INT64_MIN, 1), "-292277022657-01-27 08:29:52");
  EXPECT_EQ(timestamp(INT64_MAX, 1), "292277026596-12-04 15:30:07");
  std::string out;
  append_date(out, INT32_MAX);
  EXPECT_EQ(out, "5881580-07-11");
  out.clear();
  append_date(out, INT32_MIN);
  EXPECT_EQ(out, "-5877641-06-23");
  out.clear();
  append_duration(out, INT64_MIN, 1000000000);
  EXPECT_EQ(out, "-9223372036.854775808s");
  out.clear();
  append_time(out, 86399999, 1000);
  EXPECT_EQ(out, "23:59:59.999");
}

TEST(CellText, UuidsHaveTheirDashes) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  ArrowSchemaSetTypeFixedSize(schema.get(), NANOARROW_TYPE_FIXED_SIZE_BINARY, 16);
  nanoarrow::UniqueBuffer metadata;
  ArrowMetadataBuilderInit(metadata.get(), nullptr);
  ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView("ARROW:extension:name"),
                             ArrowCharView("arrow.uuid"));
  ArrowSchemaSetMetadata(schema.get(), reinterpret_cast<const char*>(metadata->data));
  UniqueArray array;
  ArrowArrayInitFromSchema(array.get(), schema.get(), nullptr);
  ArrowArrayStartAppending(array.get());
  const std::string bytes(
      "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
  ArrowArrayAppendBytes(array.get(), {{bytes.data()}, 16});
  ArrowArrayFinishBuildingDefault(array.get(), nullptr);
  EXPECT_EQ(type_name(*schema.get()), "uuid");
  CellWriter cell(*schema.get());
  cell.set_array(*array.get());
  std::string text;
  cell.append(text, 0, CellStyle::kText);
  cell.append(text, 0, CellStyle::kJson);
  EXPECT_EQ(text,
            "00112233-4455-6677-8899-aabbccddeeff"
            "\"00112233-4455-6677-8899-aabbccddeeff\"");
}

TEST(TableText, AlignsAndShowsControlCharacters) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  Table table({{"name", "utf8", false}, {"n", "int64", true}}, 10);
  table.add({"a\x1b[2J\n", "1"});
  table.add({"日本", "12345"});
  table.add({"abcdefghijklmnop", "NULL"});
  EXPECT_EQ(table.finish(),
            "name            n\n"
            "utf8        int64\n"
            "----------  -----\n"
            "a\\x1b[2J\\n      1\n"
            "日本        12345\n"
            "abcdefg...   NULL\n");
}

TEST(TableText, NoRowsStillHaveAHeader) {
  Table table({{"a", "", false}}, 0);
  EXPECT_EQ(table.finish(), "a\n-\n");
}

TEST(ProgressText, SaysWhatItKnows) {
  EXPECT_EQ(progress_text({.rows = 1234567, .bytes = 12300000}, 0),
            "12.3 MB, 1,234,567 rows");
  EXPECT_EQ(progress_text({.rows = 50, .bytes = 1000, .total_rows = 100}, 1),
            "1.0 KB, 50 rows, 1.0 KB/s [==========          ] 50%");
  EXPECT_EQ(progress_text({.total_rows = 100, .fraction = 0.2}, 3),
            "the server is at work [====                ] 20%");
  EXPECT_EQ(progress_text({.total_rows = 100}, 3), "the server is at work");
  EXPECT_EQ(grouped(-1234), "-1,234");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(human_bytes(999), "999 B");
}

}  // namespace
}  // namespace fletching::cli
