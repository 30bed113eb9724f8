// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_like.h"

#include <gtest/gtest.h>

#include <string>

#include "fletching/metadata.h"

namespace fletching {
namespace {

bool like(std::string_view text, std::string_view pattern) {
  return LikePattern(pattern).matches(text);
}

TEST(Like, WildcardsMatchCharactersNotBytes) {
  EXPECT_TRUE(like("", ""));
  EXPECT_TRUE(like("", "%"));
  EXPECT_FALSE(like("", "_"));
  EXPECT_TRUE(like("ü", "_"));
  EXPECT_FALSE(like("ü", "__"));
  EXPECT_TRUE(like("aüb", "a_b"));
  EXPECT_TRUE(like("abcabd", "%ab_"));
  EXPECT_TRUE(like("abcabc", "%c"));
  EXPECT_FALSE(like("abcab", "%c"));
  EXPECT_TRUE(like("aXbXc", "a%b%c"));
  EXPECT_FALSE(like("A", "a"));
}

TEST(Like, ABackslashTakesSpecialCharactersLiterally) {
  EXPECT_TRUE(like("a_b", "a\\_b"));
  EXPECT_FALSE(like("axb", "a\\_b"));
  EXPECT_TRUE(like("100%", "100\\%"));
  EXPECT_TRUE(like("a\\b", "a\\\\b"));
  EXPECT_TRUE(like("a\\b", "a\\b"));  // before anything else it is itself
  EXPECT_TRUE(like("a\\", "a\\"));
}

TEST(Like, BrokenUtf8CountsByBytes) {
  EXPECT_TRUE(like("\xff", "_"));
  EXPECT_TRUE(like("\xc3", "_"));
  EXPECT_TRUE(like("a\xe2\x82", "a%"));
}

TEST(Like, ManyWildcardsTakeNoExponentialTime) {
  const std::string text(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "%a";
  EXPECT_TRUE(like(text, pattern));
  EXPECT_FALSE(like(text, pattern + "b"));
}

TEST(Like, AnEscapedNameMatchesItselfAlone) {
  for (const std::string name : {"a_b", "100%", "c:\\dir\\", "%_\\", "plain", ""}) {
    EXPECT_TRUE(like(name, escape_like(name))) << name;
    EXPECT_FALSE(like(name + "x", escape_like(name))) << name;
  }
  EXPECT_FALSE(like("axb", escape_like("a_b")));
}

TEST(Like, IsWrittenWithTheServersEscape) {
  const LikePattern pattern("%a\\_b\\%!c\\\\");
  EXPECT_TRUE(pattern.depends_on_escape());
  EXPECT_EQ(pattern.with_escape("!"), "%a!_b!%!!c\\");
  EXPECT_EQ(pattern.with_escape("\\"), "%a\\_b\\%!c\\\\");
  EXPECT_FALSE(LikePattern("%plain_").depends_on_escape());
}

TEST(Like, WithoutAnEscapeItIsWiderButNeverNarrower) {
  for (const std::string name : {"a_b", "100%", "x!y", "c\\d"}) {
    EXPECT_TRUE(like(name, LikePattern(escape_like(name)).wider())) << name;
  }
  EXPECT_EQ(LikePattern("a\\_b%").wider(), "a_b%");
}

}  // namespace
}  // namespace fletching
