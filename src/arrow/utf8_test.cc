// SPDX-License-Identifier: Apache-2.0
#include "arrow/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace fletching {
namespace {

// Table 3-7 of the Unicode standard, written as slowly as it can be.
bool well_formed(const std::string& text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto in = [&](size_t i, int low, int high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  for (size_t i = 0; i < text.size();) {
    if (in(i, 0, 0x7F)) {
      i += 1;
    } else if (in(i, 0xC2, 0xDF) && in(i + 1, 0x80, 0xBF)) {
      i += 2;
    } else if (((in(i, 0xE0, 0xE0) && in(i + 1, 0xA0, 0xBF)) ||
                (in(i, 0xE1, 0xEC) && in(i + 1, 0x80, 0xBF)) ||
                (in(i, 0xED, 0xED) && in(i + 1, 0x80, 0x9F)) ||
                (in(i, 0xEE, 0xEF) && in(i + 1, 0x80, 0xBF))) &&
               in(i + 2, 0x80, 0xBF)) {
      i += 3;
    } else if (((in(i, 0xF0, 0xF0) && in(i + 1, 0x90, 0xBF)) ||
                (in(i, 0xF1, 0xF3) && in(i + 1, 0x80, 0xBF)) ||
                (in(i, 0xF4, 0xF4) && in(i + 1, 0x80, 0x8F))) &&
               in(i + 2, 0x80, 0xBF) && in(i + 3, 0x80, 0xBF)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

// Every sequence of up to four bytes that differ in a way the rules know, at every
// place of a block and across its end.
TEST(Utf8Test, AgreesWithTheStandardEverywhereInABlock) {
  const std::vector<uint8_t> bytes = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                      0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                      0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  size_t good = 0;
  for (const size_t at : {size_t{0}, size_t{28}, size_t{30}, size_t{61}, size_t{93}}) {
    for (const uint8_t a : bytes) {
      for (const uint8_t b : bytes) {
        for (const uint8_t c : bytes) {
          for (const uint8_t d : bytes) {
            std::string text(100, 'x');
            text[at] = static_cast<char>(a);
            text[at + 1] = static_cast<char>(b);
            text[at + 2] = static_cast<char>(c);
            text[at + 3] = static_cast<char>(d);
            const bool expected = well_formed(text);
            good += expected ? 1 : 0;
            ASSERT_EQ(is_utf8(text), expected) << at << " " << int{a} << " " << int{b}
                                               << " " << int{c} << " " << int{d};
          }
        }
      }
    }
  }
  EXPECT_GT(good, 100u);
}

TEST(Utf8Test, AgreesWithTheStandardOnDamagedText) {
  std::mt19937 random(1);
  const std::string clean = "aé漢𝄞 plain text, then ÄÖÜ и так далее 日本語 ";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    while (text.size() < 150) text += clean;
    text.resize(random() % 150);
    if (!text.empty() && round % 3 != 0) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    ASSERT_EQ(is_utf8(text), well_formed(text));
  }
}

TEST(Utf8Test, AsciiIsSeenAtEveryLengthAndPlace) {
  for (size_t size = 0; size < 600; size += 7) {
    std::vector<uint8_t> bytes(size, 'a');
    EXPECT_TRUE(is_ascii(bytes));
    for (size_t at = 0; at < size; at += 5) {
      bytes[at] = 0x80;
      EXPECT_FALSE(is_ascii(bytes));
      bytes[at] = 'a';
    }
  }
}

}  // namespace
}  // namespace fletching
