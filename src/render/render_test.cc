// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <clocale>
#include <cstdint>
#include <string>

#include "render/cell.h"
#include "render/progress_text.h"
#include "render/table.h"
#include "render/time_text.h"

namespace fletching::render {
namespace {

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
}  // namespace fletching::render
