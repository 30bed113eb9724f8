// SPDX-License-Identifier: Apache-2.0
#include "flight/wire.h"

#include <gtest/gtest.h>

#include "fletching/error.h"

namespace fletching {
namespace {

using namespace std::string_view_literals;

TEST(ProtoReader, ReadsEveryWireType) {
  ProtoReader reader("\x08\x96\x01\x12\x02hi\x19\x01\0\0\0\0\0\0\x80\x25\x05\0\0\0"sv,
                     "x");
  auto field = reader.next();
  EXPECT_EQ(field->key, proto_varint(1));
  EXPECT_EQ(field->value, 150u);
  field = reader.next();
  EXPECT_EQ(field->key, proto_bytes(2));
  EXPECT_EQ(field->bytes, "hi");
  field = reader.next();
  EXPECT_EQ(field->key, proto_fixed64(3));
  EXPECT_EQ(field->as_int64(), INT64_MIN + 1);
  field = reader.next();
  EXPECT_EQ(field->key, proto_fixed32(4));
  EXPECT_EQ(field->value, 5u);
  EXPECT_FALSE(reader.next());
}

TEST(ProtoReader, NegativeNumbersAreTenByteVarints) {
  ProtoReader reader("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, "x");
  EXPECT_EQ(reader.next()->as_int64(), -1);
}

class Malformed : public testing::TestWithParam<std::string_view> {};

TEST_P(Malformed, IsAnErrorThatNamesTheMessage) {
  ProtoReader reader(GetParam(), "FlightInfo");
  try {
    while (reader.next()) {
    }
    FAIL() << "read to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidData);
    EXPECT_NE(error.message().find("FlightInfo"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Wire, Malformed,
    testing::Values("\x08"sv, "\x12\x05hi"sv, "\x12\xff\xff\xff\xff\x0f"sv, "\x0b"sv,
                    "\x00\x01"sv, "\x19\x01\x02"sv,
                    "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv));

TEST(ProtoWriter, WritesLiteralBytes) {
  ProtoWriter inner;
  inner.add_bytes(1, "ab");
  ProtoWriter out;
  out.add_uint64(1, 2).add_message(2, inner).add_bool(3, true).add_sfixed64(4, -2);
  out.add_int64_if(5, 0).add_bytes_if(6, "").begin_bytes(1000, 300);
  EXPECT_EQ(out.str(),
            "\x08\x02\x12\x04\x0a\x02"
            "ab\x18\x01\x21\xfe\xff\xff\xff\xff\xff\xff\xff\xc2\x3e\xac\x02"sv);
}

TEST(ProtoWriter, DoublesComeBack) {
  ProtoWriter out;
  out.add_double(3, 0.25);
  ProtoReader reader(out.str(), "x");
  EXPECT_EQ(reader.next()->as_double(), 0.25);
}

TEST(Any, PacksAndUnpacks) {
  const std::string packed = pack_any("arrow.flight.protocol.sql.X", "\x0a\x01q");
  EXPECT_EQ(
      packed,
      "\x0a\x2ftype.googleapis.com/arrow.flight.protocol.sql.X\x12\x03\x0a\x01q"sv);
  const auto any = unpack_any(packed);
  ASSERT_TRUE(any);
  EXPECT_TRUE(any->is("arrow.flight.protocol.sql.X"));
  EXPECT_FALSE(any->is("sql.X"));
  EXPECT_EQ(any->value, "\x0a\x01q");
}

TEST(Any, OtherPrefixesOfTheTypeUrlAreTheSameType) {
  ProtoWriter out;
  out.add_bytes(1, "/a.B");
  EXPECT_TRUE(unpack_any(out.str())->is("a.B"));
}

TEST(Any, BareMessagesAreNone) {
  EXPECT_FALSE(unpack_any("\x08\x05"sv));
  EXPECT_FALSE(unpack_any("\x0a\x05hello"sv));
  EXPECT_FALSE(unpack_any("\x0a\xff"sv));
  EXPECT_FALSE(unpack_any(""));
}

}  // namespace
}  // namespace fletching
