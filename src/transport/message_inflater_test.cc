// SPDX-License-Identifier: Apache-2.0
#include "transport/message_inflater.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <ctime>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "transport/bomb_for_test.h"

namespace fletching {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;

constexpr int64_t kMax = (int64_t{1} << 31) - 1;

std::string gzip(const std::string& text, int bits = 15 + 16) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<uint8_t*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Message packed(const std::string& bytes) {
  Message message;
  message.head.assign(bytes.begin(), bytes.end());
  message.compressed = true;
  message.wire_size = bytes.size();
  return message;
}

// Field 2 = "head", field 1000 = a body, field 3 = varint 300.
const std::string kBefore = "\x12\x04head"s;
const std::string kBodyTag = "\xc2\x3e"s;
const std::string kAfter = "\x18\xac\x02"s;

CallStatus refusal(const std::string& bytes, int64_t max = kMax,
                   uint32_t split = 1000) {
  MessageInflater inflater;
  inflater.begin(packed(bytes), split, max);
  auto step = inflater.work();
  while (step == MessageInflater::Step::kMore) step = inflater.work();
  EXPECT_EQ(step, MessageInflater::Step::kBad);
  return inflater.why();
}

TEST(MessageInflater, SplitsGzipAndDeflate) {
  std::string body(300'000, 'b');
  for (size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>(i);
  const std::string message = kBefore + kBodyTag + "\xe0\xa7\x12"s + body + kAfter;
  MessageInflater inflater;
  for (const int bits : {15 + 16, 15, 15 + 16}) {
    const std::string bytes = gzip(message, bits);
    inflater.begin(packed(bytes), 1000, kMax);
    auto step = inflater.work();
    while (step == MessageInflater::Step::kMore) step = inflater.work();
    ASSERT_EQ(step, MessageInflater::Step::kDone) << inflater.why().message;
    const Message out = inflater.take();
    EXPECT_EQ(text_of(out.head), kBefore + kAfter);
    EXPECT_EQ(text_of(out.body.bytes()), body);
    EXPECT_EQ(out.wire_size, bytes.size());
    EXPECT_FALSE(out.compressed);
  }
}

TEST(MessageInflater, RefusesNonsense) {
  const std::string good = gzip(kBefore);
  std::string checksum = good;
  checksum[checksum.size() - 5] ^= 1;
  std::string size = good;
  size[size.size() - 4] ^= 1;
  std::string larger = good;
  larger[larger.size() - 2] ^= 1;
  const std::string zlib = gzip(kBefore, 15);
  for (const std::string& bytes :
       {good.substr(0, good.size() - 1), good + "x", checksum, size, larger,
        "plain text"s, "\x1f\x8b"s, zlib + "x", zlib.substr(0, zlib.size() - 1),
        gzip(kBodyTag + "\x7f"s), gzip(kBodyTag)}) {
    EXPECT_EQ(refusal(bytes).code, Grpc::kInternal) << bytes.size();
  }
}

TEST(MessageInflater, BombsStopAtTheLimit) {
  for (const int bits : {15 + 16, 15}) {
    const std::string bytes = gzip(std::string(50'000'000, 'x'), bits);
    EXPECT_EQ(refusal(bytes, 1'000'000, 0).code, Grpc::kResourceExhausted);
  }
  // A gzip trailer that lies is of no use.
  std::string liar = gzip(std::string(50'000'000, 'x'));
  liar.replace(liar.size() - 4, 4, "\x10\x00\x00\x00"s);
  EXPECT_EQ(refusal(liar, 1'000'000, 0).code, Grpc::kInternal);
}

// Of this thread alone, so that a busy machine does not count.
std::chrono::nanoseconds cpu_time() {
  timespec ts{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

// A gigabyte inside of the limit: no piece of work takes long, whatever it consists of.
TEST(MessageInflater, WorksInShortPieces) {
  const std::string zeros(16, '\0');
  const std::string field = "\x0a\xf0\xff\xff\xff\x03"s;
  for (const auto& [start, gzip] : {std::pair(field, true), std::pair(zeros, false)}) {
    MessageInflater inflater;
    inflater.begin(packed(bomb_for_test(start, gzip)), 1000, kMax);
    auto longest = 0ns;
    const auto began = Clock::now();
    for (bool more = true; more && Clock::now() - began < 3s;) {
      const auto before = cpu_time();
      more = inflater.work() == MessageInflater::Step::kMore;
      longest = std::max(longest, cpu_time() - before);
    }
    EXPECT_LT(longest, 60ms * kPatience) << start.size();
  }
}

}  // namespace
}  // namespace fletching
