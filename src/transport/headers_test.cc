// SPDX-License-Identifier: Apache-2.0
#include "transport/headers.h"

#include <gtest/gtest.h>

#include "fletching/error.h"
#include "transport/base64.h"

namespace fletching {
namespace {

TEST(Base64, EncodesWithAndWithoutPadding) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob", false), "Zm9vYg");
}

TEST(Base64, DecodesBothAlphabetsPaddedOrNot) {
  EXPECT_EQ(base64_decode("Zm9vYg=="), "foob");
  EXPECT_EQ(base64_decode("Zm9vYg"), "foob");
  EXPECT_EQ(base64_decode("+/8"), "\xfb\xff");
  EXPECT_EQ(base64_decode("-_8"), "\xfb\xff");
  EXPECT_EQ(base64_decode("Zm9v YmFy"), std::nullopt);
  EXPECT_EQ(base64_decode("Z"), std::nullopt);
}

TEST(Headers, FindsTheFirst) {
  const Headers h = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(find_header(h, "a"), "1");
  EXPECT_EQ(find_header(h, "c"), std::nullopt);
}

TEST(Headers, RefusesWhatHttp2WouldDropOrSplit) {
  EXPECT_NO_THROW(check_headers({{"x-tenant_id.1", "a b~"}, {"raw-bin", "\0\xff"}}));
  EXPECT_THROW(check_headers({{"X-Tenant", "a"}}), Error);
  EXPECT_THROW(check_headers({{"", "a"}}), Error);
  EXPECT_THROW(check_headers({{":path", "a"}}), Error);
  try {
    check_headers({{"authorization", "Bearer geheim\r\nx: y"}});
    FAIL() << "a line break was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_EQ(e.message().find("geheim"), std::string::npos);
  }
}

}  // namespace
}  // namespace fletching
