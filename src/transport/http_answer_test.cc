// SPDX-License-Identifier: Apache-2.0
#include "transport/http_answer.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace fletching {
namespace {

std::span<const uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string gzip(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// The answer, its bytes pushed in pieces of `step`.
HttpResponse read(std::string_view bytes, size_t step = 1000, bool ended = false,
                  HttpAnswer::Limits limits = {}) {
  HttpAnswer answer(false, limits);
  while (!bytes.empty() && !answer.complete()) {
    bytes.remove_prefix(answer.push(octets(bytes.substr(0, step))));
  }
  if (ended) answer.end_of_file();
  EXPECT_TRUE(answer.complete());
  return answer.take();
}

Error refused(std::string_view bytes, HttpAnswer::Limits limits = {}) {
  try {
    HttpAnswer answer(false, limits);
    answer.push(octets(bytes));
    answer.end_of_file();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "taken: " << bytes.substr(0, 100);
  return Error(Code::kOk, "");
}

bool has(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

TEST(HttpAnswer, IsTheSameHoweverItsBytesAreCut) {
  const std::string packed = gzip("{\"a\":1}");
  const std::string plain =
      "HTTP/1.1 200 OK\r\nX-One: a b \r\nx-two:\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string compressed =
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
      std::to_string(packed.size()) + "\r\n\r\n" + packed;
  for (const size_t step : {1, 2, 7, 1000}) {
    const HttpResponse one = read(plain, step);
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(one.body, "hello");
    EXPECT_EQ(find_header(one.headers, "x-one"), "a b");
    EXPECT_EQ(find_header(one.headers, "x-two"), "");
    const HttpResponse two = read(chunked, step);
    EXPECT_EQ(two.status, 201);
    EXPECT_EQ(two.body, "hello!");
    EXPECT_FALSE(find_header(two.headers, "trailer"));
    EXPECT_EQ(read(compressed, step).body, "{\"a\":1}");
  }
}

TEST(HttpAnswer, BodiesHaveRoomBehindThem) {
  const HttpResponse response =
      read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_GE(response.body.capacity(), response.body.size() + 64);
}

TEST(HttpAnswer, TakesNothingBehindItsEnd) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 ";
  HttpAnswer answer(false, {});
  EXPECT_EQ(answer.push(octets(bytes)), bytes.size() - 9);
  EXPECT_TRUE(answer.complete());
  EXPECT_TRUE(answer.keeps_connection());
  HttpAnswer chunked(false, {});
  const std::string more =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX";
  EXPECT_EQ(chunked.push(octets(more)), more.size() - 1);
  EXPECT_TRUE(chunked.complete());
}

TEST(HttpAnswer, InterimAnswersArePassedOver) {
  const HttpResponse response = read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_TRUE(response.headers.empty());
}

TEST(HttpAnswer, AnAnswerToHeadHasNoBody) {
  HttpAnswer answer(true, {});
  answer.push(octets("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_TRUE(answer.complete());
  EXPECT_TRUE(answer.take().body.empty());
}

TEST(HttpAnswer, WithoutALengthTheEndOfTheConnectionIsItsEnd) {
  const HttpResponse response = read("HTTP/1.1 200 OK\r\n\r\nall of it", 3, true);
  EXPECT_EQ(response.body, "all of it");
}

TEST(HttpAnswer, ConnectionCloseIsHeard) {
  HttpAnswer answer(false, {});
  answer.push(
      octets("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(answer.complete());
  EXPECT_FALSE(answer.keeps_connection());
}

TEST(HttpAnswer, WhatWasCutOffIsNoAnswer) {
  EXPECT_TRUE(has(refused(""), "without an answer"));
  for (const char* bytes :
       {"HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    const Error e = refused(bytes);
    EXPECT_EQ(e.code(), Code::kIo) << bytes;
    EXPECT_TRUE(has(e, "in the middle")) << e.message();
  }
  const std::string packed = gzip("hello").substr(0, 12);
  EXPECT_TRUE(
      has(refused("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                  "12\r\n\r\n" +
                  packed),
          "cut off"));
}

TEST(HttpAnswer, NamesWhatDoesNotSpeakHttp) {
  EXPECT_TRUE(has(refused("SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0"));
  EXPECT_TRUE(
      has(refused(std::string("\x15\x03\x01\x00\x02\x02\x46", 7)), "TLS alert"));
}

TEST(HttpAnswer, RefusesWhatTwoReadersWouldReadDifferently) {
  for (const char* head :
       {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n",
        "Content-Length: 99999999999999999999999\r\n", "Content-Length: -1\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "X : y\r\n",
        "X: a\r\n folded\r\n", "Bad\x01Name: x\r\n"}) {
    const Error e = refused(std::string("HTTP/1.1 200 OK\r\n") + head + "\r\nhello");
    EXPECT_EQ(e.code(), Code::kIo) << head;
    EXPECT_EQ(e.sqlstate(), "08006") << head;
  }
  for (const char* body : {"zz\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFF\r\n", "5hello\r\n"}) {
    const Error e = refused(
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + body);
    EXPECT_EQ(e.code(), Code::kIo) << body;
  }
  refused("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
  refused("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx");
}

TEST(HttpAnswer, KeepsWithinItsLimits) {
  const HttpAnswer::Limits limits{.head = 1000, .body = 1000};
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string kilo(2000, 'x');
  std::string many = ok;
  for (int i = 0; i < 300; ++i) many += "a: b\r\n";
  const struct {
    std::string bytes;
    const char* what;
  } cases[] = {
      {ok + "X: " + kilo + "\r\n\r\n", "head"},
      {ok + kilo + ": x\r\n\r\n", "head"},
      {"HTTP/1.1 200 " + kilo + "\r\n\r\n", "head"},
      {many + "\r\n", "256 headers"},
      {ok + "Content-Length: 1001\r\n\r\n", "body"},
      {ok + "Content-Length: 999999999999\r\n\r\n", "body"},
      {ok + "\r\n" + kilo, "body"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + kilo, "body"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1;" + kilo + "=1\r\nx\r\n0\r\n\r\n",
       "head"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nT: " + kilo + "\r\n\r\n", "head"},
  };
  for (const auto& one : cases) {
    const Error e = refused(one.bytes, limits);
    EXPECT_EQ(e.code(), Code::kInvalidData) << e.message();
    EXPECT_TRUE(has(e, one.what)) << e.message();
  }
}

TEST(HttpAnswer, BlankLinesWithoutEndAreNoHead) {
  HttpAnswer answer(false, {.head = 1000});
  EXPECT_THROW(
      {
        for (int i = 0; i < 1000; ++i) answer.push(octets("\r\n\r\n\r\n\r\n"));
      },
      Error);
}

TEST(HttpAnswer, ADecompressionBombIsStopped) {
  const std::string bomb = gzip(std::string(10 << 20, '\0'));
  const Error e = refused("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb,
                          {.head = 1000, .body = 1 << 20});
  EXPECT_EQ(e.code(), Code::kInvalidData);
}

}  // namespace
}  // namespace fletching
