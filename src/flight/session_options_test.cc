// SPDX-License-Identifier: Apache-2.0
#include "flight/session_options.h"

#include <gtest/gtest.h>

#include "fletching/error.h"
#include "flight/wire.h"

namespace fletching {
namespace {

TEST(SessionOptionMessages, IntegersAreFixed64) {
  EXPECT_EQ(
      encode_set_session_options({{"i", int64_t{-2}}}),
      std::string("\x0a\x0e\x0a\x01i\x12\x09\x19\xfe\xff\xff\xff\xff\xff\xff\xff", 16));
}

TEST(SessionOptionMessages, ErasingIsAValueWithoutAny) {
  EXPECT_EQ(encode_set_session_options({{"i", {}}}),
            std::string("\x0a\x05\x0a\x01i\x12\x00", 7));
}

TEST(SessionOptionMessages, EveryTypeComesBack) {
  const SessionOptionMap all = {
      {"", "empty name"}, {"s", ""},   {"b", false},
      {"i", INT64_MIN},   {"d", -0.5}, {"l", std::vector<std::string>{"", "x"}},
      {"none", {}}};
  EXPECT_EQ(decode_get_session_options_result(encode_set_session_options(all)), all);
}

TEST(SessionOptionMessages, SomeServersWrapTheResult) {
  const SessionOptionMap one = {{"a", "b"}};
  const std::string wrapped = pack_any("arrow.flight.protocol.GetSessionOptionsResult",
                                       encode_set_session_options(one));
  EXPECT_EQ(decode_get_session_options_result(wrapped), one);
}

TEST(SessionOptionMessages, OnlyFailuresAreListed) {
  EXPECT_TRUE(decode_set_session_options_result("").empty());
  const auto errors =
      decode_set_session_options_result("\x0a\x07\x0a\x01x\x12\x02\x08\x02");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors.at("x"), "not that value");
}

TEST(SessionOptionMessages, RubbishIsRefused) {
  EXPECT_THROW(static_cast<void>(decode_get_session_options_result("\x0a\x05\x0a")),
               Error);
}

}  // namespace
}  // namespace fletching
