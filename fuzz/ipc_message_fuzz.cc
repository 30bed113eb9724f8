// SPDX-License-Identifier: Apache-2.0
// An IPC stream of any bytes: refused with an Error, or arrays that nanoarrow finds
// valid and that can be written and read again.
#include <string>
#include <vector>

#include "arrow/judge_for_test.h"
#include "fletching/error.h"
#include "fuzz_input.h"

namespace fletching {
namespace {

// What was accepted can be sent on, and what was sent is accepted.
void send_on(const ArrowArray& rows, const ArrowSchema& schema) {
  std::vector<uint8_t> bytes;
  try {
    StreamFileWriter writer(schema, [&](std::span<const uint8_t> part) {
      bytes.insert(bytes.end(), part.begin(), part.end());
    });
    writer.write(rows);
    writer.finish();
  } catch (const Error& error) {
    if (error.code() == Code::kNotImplemented) return;
    fail(error.what());
  }
  try {
    StreamFileReader again(source_of(bytes));
    UniqueArray copy;
    if (!again.next(copy) || copy->length != rows.length) fail("rows were lost");
  } catch (const Error& error) {
    fail(error.what());
  }
}

}  // namespace
}  // namespace fletching

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fletching;
  try {
    StreamFileReader reader(source_of({data, size}), kFuzzLimits);
    for (UniqueArray rows; reader.next(rows); rows.reset()) {
      if (!is_small(*rows.get())) continue;
      const std::string complaint =
          complaint_of_nanoarrow(*rows.get(), reader.schema());
      if (!complaint.empty()) fail(complaint.c_str());
      send_on(*rows.get(), reader.schema());
    }
  } catch (const Error&) {
    // Refused, as it should be.
  }
  return 0;
}
