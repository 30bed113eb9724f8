// SPDX-License-Identifier: Apache-2.0
// An IPC stream of any bytes: refused with an Error, or arrays that nanoarrow finds
// valid and that can be written and read again.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "arrow/judge_for_test.h"
#include "arrow/stream_file.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr IpcLimits kLimits{.max_decompressed = int64_t{16} << 20, .max_depth = 64};

// Types of no bytes and run-ends make arrays of any length out of nothing; those are
// valid, but walking them is not what this looks for.
constexpr int64_t kLongest = 1 << 20;

bool is_small(const ArrowArray& array) {
  if (array.length > kLongest) return false;
  for (int64_t i = 0; i < array.n_children; ++i) {
    if (!is_small(*array.children[i])) return false;
  }
  return array.dictionary == nullptr || is_small(*array.dictionary);
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

ByteSource source_of(std::span<const uint8_t> bytes) {
  return [bytes, at = size_t{0}](std::span<uint8_t> out) mutable {
    const size_t size = std::min(out.size(), bytes.size() - at);
    if (size > 0) std::memcpy(out.data(), bytes.data() + at, size);
    at += size;
    return size;
  };
}

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
    StreamFileReader reader(source_of({data, size}), kLimits);
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
