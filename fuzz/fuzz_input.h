// SPDX-License-Identifier: Apache-2.0
// What targets that read IPC streams share.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "arrow/stream_file.h"

namespace fletching {

inline constexpr IpcLimits kFuzzLimits{.max_decompressed = int64_t{16} << 20,
                                       .max_depth = 64};

// Types of no bytes and run-ends make arrays of any length out of nothing; those are
// valid, but walking them is not what is looked for.
inline constexpr int64_t kFuzzLongest = 1 << 20;

inline bool is_small(const ArrowArray& array) {
  if (array.length > kFuzzLongest) return false;
  for (int64_t i = 0; i < array.n_children; ++i) {
    if (!is_small(*array.children[i])) return false;
  }
  return array.dictionary == nullptr || is_small(*array.dictionary);
}

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

inline ByteSource source_of(std::span<const uint8_t> bytes) {
  return [bytes, at = size_t{0}](std::span<uint8_t> out) mutable {
    const size_t size = std::min(out.size(), bytes.size() - at);
    if (size > 0) std::memcpy(out.data(), bytes.data() + at, size);
    at += size;
    return size;
  };
}

}  // namespace fletching
