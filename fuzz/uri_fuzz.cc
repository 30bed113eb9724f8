// SPDX-License-Identifier: Apache-2.0
// URIs as users and servers give them: parse, print without secrets, decode.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/uri.h"
#include "fletching/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(fletching::redact_uri(text));
  try {
    const fletching::Uri uri = fletching::parse_uri(text);
    if (uri.scheme.empty()) std::abort();
    // What was encoded must decode to the same text.
    if (fletching::percent_decode(fletching::percent_encode(uri.path)) != uri.path) {
      std::abort();
    }
  } catch (const fletching::Error&) {
    // Most inputs are no URIs.
  }
  return 0;
}
