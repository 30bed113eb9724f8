// SPDX-License-Identifier: Apache-2.0
// Result pages of Flink's servers: whatever the bytes, a page is refused, or its rows
// are Arrow that nanoarrow finds no fault with and its faults lie where rows are
// missing. The first byte is the encoding, the second the columns (Confluent's; a
// gateway's pages bring their own), the rest the page.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

#include "arrow/judge_for_test.h"
#include "fletching/error.h"
#include "flink/changelog.h"
#include "flink/page_decoder.h"

namespace {

using namespace fletching;
using namespace fletching::flink;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

constexpr const char* kColumns[] = {
    "ROW<a BOOLEAN, b TINYINT, c BIGINT, d DOUBLE, e DECIMAL(10, 2), f STRING>",
    "ROW<a FLOAT, b DECIMAL(38, 38), c BYTES, d DATE, e TIME(3), f TIME(9)>",
    "ROW<a TIMESTAMP(0), b TIMESTAMP(9), c TIMESTAMP_LTZ(3), d TIMESTAMP_LTZ(9)>",
    "ROW<a INTERVAL YEAR TO MONTH, b INTERVAL DAY TO SECOND(9), c NULL, d CHAR(3)>",
    "ROW<a ARRAY<INT>, b MAP<STRING, ARRAY<BYTES>>, c MULTISET<STRING>>",
    "ROW<a ROW<x INT, y ROW<z STRING, z STRING>>, b ARRAY<MAP<INT, VARIANT>>>",
    "ROW<a VARIANT>",
};

DecodeOptions options_of(uint8_t choice) {
  DecodeOptions options;
  if ((choice & 1) != 0) options.bad_value = DecodeOptions::BadValue::kNull;
  if ((choice & 2) != 0) options.variant = VariantForm::kTree;
  if ((choice & 4) != 0) options.session_zone = "+05:30";
  return options;
}

void check_rows(const PageDecoder& decoder, const Page& page) {
  if (page.rows->release == nullptr) return;
  const std::string wrong = complaint_of_nanoarrow(*page.rows.get(), decoder.schema());
  if (!wrong.empty()) fail(wrong);
  const int64_t length = page.rows->length;
  if (!page.ops.empty() && std::ssize(page.ops) != length) fail("rows without ops");
  int64_t before = 0;
  int64_t row = 0;
  for (const Fault& fault : page.faults) {
    if (fault.before < before || fault.before > length || fault.row < row) {
      fail("a fault lies nowhere");
    }
    before = fault.before;
    row = fault.row;
  }
}

int64_t walk(Page page, const ArrowSchema& schema) {
  ChangelogOptions lenient;
  lenient.missing = ChangelogOptions::Missing::kIgnore;
  Changelog changelog(schema, lenient);
  PageCursor cursor(std::move(page));
  int64_t rows = 0;
  for (;;) {
    Batch batch;
    try {
      if (!cursor.next(batch)) break;
      rows += batch.rows->length;
      changelog.apply(batch);
    } catch (const Error&) {
      cursor.skip();
      ++rows;
    }
  }
  for (const SharedRows& part : changelog.snapshot()) {
    const std::string wrong = complaint_of_nanoarrow(*part->get(), schema);
    if (!wrong.empty()) fail("snapshot: " + wrong);
  }
  if (rows != cursor.rows_of_page()) fail("rows were lost on the way");
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto encoding = static_cast<Encoding>(data[0] % 3);
  const std::string json(reinterpret_cast<const char*>(data) + 2, size - 2);
  PageDecoder decoder(encoding, options_of(data[0] / 3));
  if (encoding == Encoding::kConfluent) {
    decoder.set_columns(parse_type(kColumns[data[1] % std::size(kColumns)]).fields);
  }
  try {
    Page page = decoder.decode(json);
    check_rows(decoder, page);
    if (decoder.has_columns() && page.rows->release != nullptr) {
      walk(std::move(page), decoder.schema());
    }
    (void)decoder.decode(json);  // the next page of the same
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidData && error.code() != Code::kNotImplemented) {
      fail("an odd error: " + error.message());
    }
  }
  return 0;
}
