// SPDX-License-Identifier: Apache-2.0
// An answer to CommandGetSqlInfo of any bytes: refused with an Error, or read as what
// it says, in text that is UTF-8.
#include "arrow/utf8.h"
#include "fletching/error.h"
#include "flightsql/sql_info.h"
#include "fuzz_input.h"

namespace fletching {
namespace {

void check_text(std::string_view text) {
  if (!is_utf8(text)) fail("a text that is not UTF-8");
}

void check(const ServerInfo& info) {
  check_text(info.name);
  check_text(info.version);
  check_text(info.arrow_version);
  check_text(info.identifier_quote.value_or(""));
  check_text(info.search_escape.value_or(""));
  for (const std::string& keyword : info.keywords) check_text(keyword);
}

}  // namespace
}  // namespace fletching

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fletching;
  try {
    StreamFileReader reader(source_of({data, size}), kFuzzLimits);
    ServerInfo info;
    for (UniqueArray rows; reader.next(rows); rows.reset()) {
      if (is_small(*rows.get())) read_sql_info(reader.schema(), *rows.get(), info);
    }
    check(info);
  } catch (const Error&) {
    // Refused, as it should be.
  }
  return 0;
}
