// SPDX-License-Identifier: Apache-2.0
// Flink's types as SQL text and as JSON: whatever the text, it is refused, or it is a
// type whose own text reads back as the same; and it has an Arrow type or says why not.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fletching/error.h"
#include "flink/page_decoder.h"

namespace {

using namespace fletching;
using namespace fletching::flink;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

void check_arrow(const Columns& columns) {
  try {
    (void)arrow_schema(columns);
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented) fail("an odd error: " + error.message());
  }
  (void)undetermined_columns(columns, Encoding::kGatewayJson);
  (void)undetermined_columns(columns, Encoding::kGatewayPlainText);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const Type type = parse_type(text);
    const std::string written = sql_text(type);
    if (sql_text(parse_type(written)) != written) fail("not the same: " + written);
    check_arrow({{"c", type, ""}});
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidArgument)
      fail("an odd error: " + error.message());
  }
  try {
    check_arrow(parse_columns_json(text));
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidData) fail("an odd error: " + error.message());
  }
  return 0;
}
