// SPDX-License-Identifier: Apache-2.0
// Schema bytes as FlightInfo carries them: refused with an Error, or a schema that
// comes back the same from our own writer.
#include <nanoarrow/nanoarrow.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "fletching/error.h"

namespace {

bool same(const ArrowSchema& a, const ArrowSchema& b) {
  if (std::strcmp(a.format, b.format) != 0 || std::strcmp(a.name, b.name) != 0 ||
      a.flags != b.flags || a.n_children != b.n_children ||
      (a.dictionary == nullptr) != (b.dictionary == nullptr)) {
    return false;
  }
  for (int64_t i = 0; i < a.n_children; ++i) {
    if (!same(*a.children[i], *b.children[i])) return false;
  }
  return a.dictionary == nullptr || same(*a.dictionary, *b.dictionary);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fletching;
  UniqueSchema schema;
  try {
    schema = decode_schema({data, size});
  } catch (const Error&) {
    return 0;
  }
  const auto again = decode_schema(encode_schema(*schema.get()));
  if (!same(*schema.get(), *again.get())) {
    std::fprintf(stderr, "the schema changed\n");
    std::abort();
  }
  return 0;
}
