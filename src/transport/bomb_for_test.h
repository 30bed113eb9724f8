// SPDX-License-Identifier: Apache-2.0
// A gigabyte in about a megabyte. Tests only.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

namespace fletching {

// `plain` as whole blocks of raw deflate that may stand anywhere, or with the end.
inline std::string deflate_blocks(std::string plain, int flush) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, plain.size()) + 64, '\0');
  z.next_in = reinterpret_cast<uint8_t*>(plain.data());
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<uint8_t*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, flush);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// `start` and zeros, 1 GiB in all, as gzip or in zlib's format.
inline std::string bomb_for_test(std::string start, bool gzip = true) {
  constexpr size_t kChunk = size_t{1} << 20;
  constexpr int kChunks = 1024;
  const auto bytes = [](std::string& text) {
    return reinterpret_cast<const uint8_t*>(text.data());
  };
  std::string zeros(kChunk, '\0');
  start.resize(kChunk, '\0');
  const std::string block = deflate_blocks(zeros, Z_FULL_FLUSH);
  uLong sum = gzip ? crc32(0, bytes(start), kChunk) : adler32(1, bytes(start), kChunk);
  const uLong each =
      gzip ? crc32(0, bytes(zeros), kChunk) : adler32(1, bytes(zeros), kChunk);
  std::string out = gzip ? std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) : "\x78\x9c";
  out += deflate_blocks(start, Z_FULL_FLUSH);
  for (int i = 1; i < kChunks; ++i) {
    out += block;
    sum = gzip ? crc32_combine(sum, each, kChunk) : adler32_combine(sum, each, kChunk);
  }
  out += deflate_blocks("", Z_FINISH);
  for (int i = 0; i < 4; ++i)
    out += static_cast<char>(sum >> (gzip ? i : 3 - i) * 8 & 0xff);
  if (gzip) out += std::string("\0\0\0\x40", 4);
  return out;
}

// Sanitizers mark every byte of an allocation, which takes them time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kPatience = 20;
#else
inline constexpr int kPatience = 10;
#endif

}  // namespace fletching
