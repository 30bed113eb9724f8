// SPDX-License-Identifier: Apache-2.0
#include "transport/message_assembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace fletching {
namespace {

using namespace std::string_literals;

constexpr int64_t kMax = (int64_t{1} << 31) - 1;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string framed(const std::string& message, char flag = 0) {
  std::string out(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(message.size() >> shift & 0xff);
  }
  return out + message;
}

// Field 2 = "head", field 1000 = a body of five bytes, field 3 = varint 300.
const std::string kBefore = "\x12\x04head"s;
const std::string kBodyTag = "\xc2\x3e"s;
const std::string kAfter = "\x18\xac\x02"s;

struct Outcome {
  std::vector<Message> messages;
  std::optional<CallStatus> bad;
};

Outcome feed(MessageAssembler& assembler, const std::string& wire, size_t step) {
  Outcome out;
  for (size_t i = 0; i < wire.size() && !out.bad; i += step) {
    out.bad =
        assembler.push(bytes_of(std::string_view(wire).substr(i, step)), out.messages);
  }
  return out;
}

TEST(MessageAssembler, SplitsTheFieldWhateverThePieces) {
  const std::string message = kBefore + kBodyTag + "\x05" + "01234" + kAfter;
  for (size_t step = 1; step < 40; ++step) {
    MessageAssembler assembler(1000, kMax);
    auto out = feed(assembler, framed(message) + framed(message), step);
    ASSERT_FALSE(out.bad);
    ASSERT_EQ(out.messages.size(), 2u);
    for (const Message& m : out.messages) {
      EXPECT_EQ(text_of(m.head), kBefore + kAfter);
      EXPECT_TRUE(m.has_body);
      EXPECT_EQ(text_of(m.body.bytes()), "01234");
      EXPECT_EQ(reinterpret_cast<uintptr_t>(m.body.data()) % 64, 0u);
      EXPECT_EQ(m.wire_size, message.size());
    }
    EXPECT_FALSE(assembler.inside_message());
  }
}

// As a connection receives: what the assembler has a place for is put there at once.
TEST(MessageAssembler, WhatLandsInTheBodyIsTakenFromThere) {
  const std::string message = kBefore + kBodyTag + "\x05" + "01234" + kAfter;
  const std::string wire = framed(message) + framed(message);
  for (size_t step = 1; step < 40; ++step) {
    MessageAssembler assembler(1000, kMax);
    std::vector<Message> messages;
    size_t landed = 0;
    for (size_t at = 0; at < wire.size();) {
      const auto place = assembler.landing();
      auto piece = bytes_of(std::string_view(wire).substr(at, step));
      at += place.empty() ? piece.size() : std::min(piece.size(), place.size());
      if (!place.empty()) {
        piece = piece.first(std::min(piece.size(), place.size()));
        std::memcpy(place.data(), piece.data(), piece.size());
        piece = place.first(piece.size());
        landed += piece.size();
      }
      ASSERT_FALSE(assembler.push(piece, messages));
    }
    ASSERT_EQ(messages.size(), 2u);
    for (const Message& m : messages) {
      EXPECT_EQ(text_of(m.head), kBefore + kAfter);
      EXPECT_EQ(text_of(m.body.bytes()), "01234");
    }
    if (step == 1) {
      EXPECT_EQ(landed, 10u);
    }
    EXPECT_TRUE(assembler.landing().empty());
  }
}

TEST(MessageAssembler, BodyMayComeFirstTwiceOrEmptyOrNever) {
  MessageAssembler assembler(1000, kMax);
  auto out = feed(assembler,
                  framed(kBodyTag + "\x02" + "ab" + kBefore) +
                      framed(kBodyTag + "\x02" + "ab" + kBodyTag + "\x01" + "c") +
                      framed(kBodyTag + "\0"s) + framed(kBefore) + framed(""),
                  3);
  ASSERT_FALSE(out.bad);
  ASSERT_EQ(out.messages.size(), 5u);
  EXPECT_EQ(text_of(out.messages[0].head), kBefore);
  EXPECT_EQ(text_of(out.messages[0].body.bytes()), "ab");
  EXPECT_EQ(text_of(out.messages[1].body.bytes()), "c");
  EXPECT_TRUE(out.messages[2].has_body);
  EXPECT_EQ(out.messages[2].body.size(), 0u);
  EXPECT_FALSE(out.messages[3].has_body);
  EXPECT_FALSE(out.messages[4].has_body);
  EXPECT_TRUE(out.messages[4].head.empty());
}

TEST(MessageAssembler, WithoutSplitFieldEverythingIsHead) {
  MessageAssembler assembler(0, kMax);
  const std::string message = kBefore + kBodyTag + "\x02" + "ab";
  auto out = feed(assembler, framed(message), 4);
  ASSERT_EQ(out.messages.size(), 1u);
  EXPECT_EQ(text_of(out.messages[0].head), message);
  EXPECT_FALSE(out.messages[0].has_body);
}

TEST(MessageAssembler, OtherWireTypesOfTheFieldGoToTheHead) {
  const std::string varint = "\xc0\x3e\x07"s;  // field 1000 as a varint
  const std::string group = "\x0b\x01\x02\x0c"s;
  for (const std::string& message : {varint, group, kBefore + group}) {
    MessageAssembler assembler(1000, kMax);
    auto out = feed(assembler, framed(message), 1);
    ASSERT_FALSE(out.bad);
    ASSERT_EQ(out.messages.size(), 1u);
    EXPECT_EQ(text_of(out.messages[0].head), message);
  }
}

TEST(MessageAssembler, RefusesFieldsLongerThanTheMessage) {
  for (const std::string& message :
       {kBodyTag + "\x06" + "01234", kBodyTag + "\xff\xff\xff\xff\x7f" + "x",
        "\x12\x7f" + "a"s, kBodyTag, "\x12"s}) {
    MessageAssembler assembler(1000, kMax);
    const auto out = feed(assembler, framed(message), 2);
    ASSERT_TRUE(out.bad) << message.size();
    EXPECT_EQ(out.bad->code, Grpc::kInternal);
    EXPECT_TRUE(out.messages.empty());
  }
}

TEST(MessageAssembler, RefusesLargeMessagesBeforeTheyCome) {
  MessageAssembler small(1000, 100);
  EXPECT_EQ(feed(small, framed(std::string(101, 'x')).substr(0, 5), 5).bad->code,
            Grpc::kResourceExhausted);
  MessageAssembler large(1000, kMax);
  EXPECT_EQ(feed(large, "\0\x80\0\0\0"s, 5).bad->code, Grpc::kResourceExhausted);
}

TEST(MessageAssembler, FlagByteComesBeforeTheLength) {
  MessageAssembler assembler(1000, kMax);
  const auto out = feed(assembler, "<!DOCTYPE html>", 1);
  ASSERT_TRUE(out.bad);
  EXPECT_EQ(out.bad->code, Grpc::kInternal);
  EXPECT_NE(out.bad->message.find("not gRPC"), std::string::npos);
}

// Two gigabytes announced and not sent may not cost two gigabytes.
TEST(MessageAssembler, MemoryIsCommittedAsBytesCome) {
  MessageAssembler assembler(1000, kMax);
  const std::string start =
      "\0\x7f\xff\xff\xff"s + kBodyTag + "\xf0\xff\xff\xff\x07"s + "x";
  const auto out = feed(assembler, start, start.size());
  EXPECT_FALSE(out.bad) << out.bad->message;
  EXPECT_TRUE(assembler.inside_message());
}

TEST(MessageAssembler, CompressedMessagesAreHandedOutAsTheyAre) {
  MessageAssembler assembler(1000, kMax);
  assembler.set_encoding("gzip");
  const std::string packed = kBodyTag + "\xff not looked at"s;
  auto out = feed(assembler, framed(packed, 1) + framed(kBefore) + framed("", 1), 3);
  ASSERT_FALSE(out.bad) << out.bad->message;
  ASSERT_EQ(out.messages.size(), 3u);
  EXPECT_TRUE(out.messages[0].compressed);
  EXPECT_EQ(text_of(out.messages[0].head), packed);
  EXPECT_EQ(out.messages[0].wire_size, packed.size());
  EXPECT_FALSE(out.messages[1].compressed);
  EXPECT_FALSE(out.messages[2].compressed);
}

TEST(MessageAssembler, RefusesUnknownCompression) {
  for (const char* encoding : {"", "zstd"}) {
    MessageAssembler assembler(1000, kMax);
    assembler.set_encoding(encoding);
    const auto out = feed(assembler, framed("packed", 1), 7);
    ASSERT_TRUE(out.bad) << encoding;
    EXPECT_EQ(out.bad->code, Grpc::kInternal);
  }
}

}  // namespace
}  // namespace fletching
