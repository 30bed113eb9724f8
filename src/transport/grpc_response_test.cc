// SPDX-License-Identifier: Apache-2.0
#include "transport/grpc_response.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using namespace std::string_literals;

constexpr int64_t kMax = (int64_t{1} << 31) - 1;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string framed(const std::string& message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(message.size() >> shift & 0xff);
  }
  return out + message;
}

class GrpcResponseTest : public testing::Test {
 protected:
  void headers(const Headers& block) {
    for (const auto& [name, value] : block) response.on_header(name, value);
    response.on_headers_end();
  }
  void open() { headers({{":status", "200"}, {"content-type", "application/grpc"}}); }
  void data(const std::string& bytes) { response.on_data(bytes_of(bytes)); }

  GrpcResponse response{0, kMax};
};

TEST_F(GrpcResponseTest, DeliversMessagesThenTheStatus) {
  open();
  data(framed("one") + framed("two"));
  headers({{"grpc-status", "0"}});
  response.on_end();
  EXPECT_TRUE(response.ended());
  EXPECT_EQ(response.pop().head.size(), 3u);
  EXPECT_TRUE(response.has_message());
  EXPECT_EQ(response.pop().head.size(), 3u);
  EXPECT_EQ(response.status().code, Grpc::kOk);
}

TEST_F(GrpcResponseTest, TrailersOnlyIsHeadersAndTrailers) {
  headers({{":status", "200"},
           {"content-type", "application/grpc+proto"},
           {"grpc-status", "16"},
           {"grpc-message", "who%3F"},
           {"k-bin", "AQI"}});
  response.on_end();
  EXPECT_EQ(response.status().code, Grpc::kUnauthenticated);
  EXPECT_EQ(response.status().message, "who?");
  EXPECT_EQ(find_header(response.trailers(), "k-bin"), "\1\2");
  EXPECT_EQ(find_header(response.headers(), "k-bin"), "\1\2");
}

TEST_F(GrpcResponseTest, JoinedBinaryValuesAreSplit) {
  headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"k-bin", "AQ,Ag"}});
  ASSERT_EQ(response.headers().size(), 3u);
  EXPECT_EQ(response.headers()[1].second, "\1");
  EXPECT_EQ(response.headers()[2].second, "\2");
}

TEST_F(GrpcResponseTest, InformationalHeadersAreSkipped) {
  headers({{":status", "103"}, {"link", "x"}});
  EXPECT_FALSE(response.headers_known());
  open();
  EXPECT_EQ(find_header(response.headers(), "link"), std::nullopt);
}

TEST_F(GrpcResponseTest, EndWithoutStatusIsNeverTheEndOfData) {
  open();
  data(framed("one"));
  response.on_end();
  EXPECT_EQ(response.status().code, Grpc::kInternal);
}

TEST_F(GrpcResponseTest, SuccessWithinAMessageIsTruncation) {
  open();
  data(framed("one").substr(0, 6));
  headers({{"grpc-status", "0"}});
  response.on_end();
  EXPECT_EQ(response.status().code, Grpc::kInternal);
  EXPECT_NE(response.status().message.find("truncated"), std::string::npos);
}

TEST_F(GrpcResponseTest, TrailersBeatALaterReset) {
  open();
  headers({{"grpc-status", "8"}});
  response.on_end();
  response.on_reset(0);
  EXPECT_EQ(response.status().code, Grpc::kResourceExhausted);
}

TEST_F(GrpcResponseTest, AnHtmlPageIsNamed) {
  headers({{":status", "502"}, {"content-type", "text/html"}});
  data("<html>\n<h1>Bad gateway</h1>");
  response.on_end();
  EXPECT_EQ(response.status().code, Grpc::kUnavailable);
  for (const char* part :
       {"502", "text/html", "<html> <h1>Bad gateway</h1>", "not gRPC"}) {
    EXPECT_NE(response.status().message.find(part), std::string::npos) << part;
  }
}

TEST_F(GrpcResponseTest, APageWithStatus200IsNoMessage) {
  headers({{":status", "200"}, {"content-type", "text/html"}});
  data("<!DOCTYPE html>" + std::string(100'000, 'x'));
  EXPECT_TRUE(response.ended());  // without waiting for all of it
  EXPECT_FALSE(response.has_message());
  EXPECT_EQ(response.status().code, Grpc::kUnknown);
}

TEST_F(GrpcResponseTest, ContentTypeMustBeGrpcNotGrpcSomething) {
  headers({{":status", "200"}, {"content-type", "application/grpcfoo"}});
  response.on_end();
  EXPECT_NE(response.status().message.find("not gRPC"), std::string::npos);
}

TEST_F(GrpcResponseTest, HeadersAreBounded) {
  for (int i = 0; i < 40 && !response.ended(); ++i) {
    response.on_header("x", std::string(60'000, 'v'));
  }
  EXPECT_EQ(response.status().code, Grpc::kResourceExhausted);
}

TEST_F(GrpcResponseTest, MessageUnderAssemblyIsCreditedAtOnce) {
  open();
  const std::string big = framed(std::string(5 << 20, 'x'));
  data(big.substr(0, 1 << 20));
  EXPECT_EQ(response.take_credit(), 1u << 20);
  data(big.substr(1 << 20));
  EXPECT_EQ(response.take_credit(), 0u);  // complete: the consumer's turn
  (void)response.pop();
  EXPECT_EQ(response.take_credit(), big.size() - (1u << 20));
}

TEST_F(GrpcResponseTest, QueuedMessagesAreCreditedOneByOne) {
  open();
  const std::string one = framed(std::string(100, 'x'));
  data(one + one + one.substr(0, 50));
  EXPECT_EQ(response.take_credit(), 0u);
  (void)response.pop();
  EXPECT_EQ(response.take_credit(), one.size());
  (void)response.pop();
  EXPECT_EQ(response.take_credit(), one.size() + 50);  // nothing queued any more
}

}  // namespace
}  // namespace fletching
