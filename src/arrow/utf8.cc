// SPDX-License-Identifier: Apache-2.0
#include "arrow/utf8.h"

#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fletching {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080u;

uint64_t load8(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// The length of the character at p, or 0.
size_t character(const uint8_t* p, size_t left) {
  const uint8_t lead = p[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return left >= 2 && is_continuation(p[1]) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2])) return 0;
    if (lead == 0xE0 && p[1] < 0xA0) return 0;   // overlong
    if (lead == 0xED && p[1] >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) ||
      !is_continuation(p[3])) {
    return 0;
  }
  if (lead == 0xF0 && p[1] < 0x90) return 0;
  if (lead == 0xF4 && p[1] >= 0x90) return 0;
  return 4;
}

bool valid_scalar(const uint8_t* p, size_t size) {
  size_t i = 0;
  while (i < size) {
    if (size - i >= 8 && (load8(p + i) & kHighBits) == 0) {
      i += 8;
      continue;
    }
    const size_t length = character(p + i, size - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

#if defined(__x86_64__)

// Three table look-ups on the nibbles of neighbouring bytes find every two-byte fault;
// a fourth check finds where a third or fourth byte must be (Keiser and Lemire,
// "Validating UTF-8 In Less Than One Instruction Per Byte", 2021).
enum : uint8_t {
  kTooShort = 1,
  kTooLong = 2,
  kOverlong3 = 4,
  kTooLarge = 8,
  kSurrogate = 16,
  kOverlong2 = 32,
  kTooLargeOrOverlong4 = 64,
  kTwoContinuations = 128,
  kCarry = kTooShort | kTooLong | kTwoContinuations,
};

alignas(16) constexpr uint8_t kFirstHigh[16] = {
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTooLong,
    kTwoContinuations,
    kTwoContinuations,
    kTwoContinuations,
    kTwoContinuations,
    kTooShort | kOverlong2,
    kTooShort,
    kTooShort | kOverlong3 | kSurrogate,
    kTooShort | kTooLarge | kTooLargeOrOverlong4};

constexpr uint8_t kLarge = kCarry | kTooLarge | kTooLargeOrOverlong4;
alignas(16) constexpr uint8_t kFirstLow[16] = {
    kCarry | kOverlong3 | kOverlong2 | kTooLargeOrOverlong4,
    kCarry | kOverlong2,
    kCarry,
    kCarry,
    kCarry | kTooLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge,
    kLarge | kSurrogate,
    kLarge,
    kLarge};

constexpr uint8_t kLow = kTooLong | kOverlong2 | kTwoContinuations;
alignas(16) constexpr uint8_t kSecondHigh[16] = {
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kLow | kOverlong3 | kTooLargeOrOverlong4,
    kLow | kOverlong3 | kTooLarge,
    kLow | kSurrogate | kTooLarge,
    kLow | kSurrogate | kTooLarge,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort};

#define FLETCHING_AVX2 __attribute__((target("avx2"), always_inline)) inline

FLETCHING_AVX2 __m256i table(const uint8_t* values) {
  return _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(values)));
}

FLETCHING_AVX2 __m256i high_nibbles(__m256i v) {
  return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0F));
}

// The bytes N before each of `now`, with those of `before` in front.
template <int N>
FLETCHING_AVX2 __m256i earlier(__m256i now, __m256i before) {
  const __m256i middle = _mm256_permute2x128_si256(before, now, 0x21);
  return _mm256_alignr_epi8(now, middle, 16 - N);
}

FLETCHING_AVX2 __m256i block_faults(__m256i now, __m256i before) {
  const __m256i first = earlier<1>(now, before);
  const __m256i low = _mm256_and_si256(first, _mm256_set1_epi8(0x0F));
  const __m256i special = _mm256_and_si256(
      _mm256_and_si256(_mm256_shuffle_epi8(table(kFirstHigh), high_nibbles(first)),
                       _mm256_shuffle_epi8(table(kFirstLow), low)),
      _mm256_shuffle_epi8(table(kSecondHigh), high_nibbles(now)));
  const __m256i third = _mm256_subs_epu8(earlier<2>(now, before),
                                         _mm256_set1_epi8(static_cast<char>(0xDF)));
  const __m256i fourth = _mm256_subs_epu8(earlier<3>(now, before),
                                          _mm256_set1_epi8(static_cast<char>(0xEF)));
  const __m256i must =
      _mm256_cmpgt_epi8(_mm256_or_si256(third, fourth), _mm256_setzero_si256());
  return _mm256_xor_si256(
      _mm256_and_si256(must, _mm256_set1_epi8(static_cast<char>(0x80))), special);
}

// Whole blocks of 32; the caller looks at what follows the last character that begins
// in the last three bytes. Returns how many bytes are known to be good, or SIZE_MAX.
__attribute__((target("avx2"))) size_t valid_blocks_avx2(const uint8_t* p,
                                                         size_t size) {
  __m256i before = _mm256_setzero_si256();
  __m256i faults = _mm256_setzero_si256();
  bool before_is_ascii = true;
  size_t i = 0;
  for (; i + 32 <= size; i += 32) {
    const __m256i now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + i));
    const bool ascii = _mm256_movemask_epi8(now) == 0;
    if (!(ascii && before_is_ascii)) {
      faults = _mm256_or_si256(faults, block_faults(now, before));
    }
    before = now;
    before_is_ascii = ascii;
  }
  if (!_mm256_testz_si256(faults, faults)) return SIZE_MAX;
  size_t end = i;  // back to the start of the last character of the last block
  for (int back = 0; back < 3 && end > 0 && is_continuation(p[end - 1]); ++back) --end;
  if (end > 0 && p[end - 1] >= 0xC0)
    --end;
  else
    end = i;
  return end;
}

#endif

}  // namespace

bool is_ascii(std::span<const uint8_t> bytes) noexcept {
  const uint8_t* p = bytes.data();
  const size_t size = bytes.size();
  size_t i = 0;
  // Blocks large enough to hide the branch, small enough to stop early.
  for (; i + 256 <= size; i += 256) {
    uint64_t seen = 0;
    for (size_t j = 0; j < 256; j += 8) seen |= load8(p + i + j);
    if ((seen & kHighBits) != 0) return false;
  }
  uint64_t seen = 0;
  for (; i + 8 <= size; i += 8) seen |= load8(p + i);
  for (; i < size; ++i) seen |= p[i];
  return (seen & kHighBits) == 0;
}

bool is_utf8(std::span<const uint8_t> bytes) noexcept {
  const uint8_t* p = bytes.data();
  size_t size = bytes.size();
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2 && size >= 64) {
    const size_t good = valid_blocks_avx2(p, size);
    if (good == SIZE_MAX) return false;
    p += good;
    size -= good;
  }
#endif
  return valid_scalar(p, size);
}

}  // namespace fletching
