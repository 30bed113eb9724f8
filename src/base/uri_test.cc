// SPDX-License-Identifier: Apache-2.0
#include "base/uri.h"

#include <gtest/gtest.h>

#include "fletching/error.h"

namespace fletching {
namespace {

TEST(Uri, AllParts) {
  const Uri u =
      parse_uri("GRPC+TLS://al%40ice:p%3Aw@db.example:443/cat/schema?a=1&b=x%20y&a=2");
  EXPECT_EQ(u.scheme, "grpc+tls");
  EXPECT_EQ(u.user, "al@ice");
  EXPECT_EQ(u.password, "p:w");
  EXPECT_EQ(u.host, "db.example");
  EXPECT_EQ(u.port, 443);
  EXPECT_EQ(u.path, "/cat/schema");
  ASSERT_EQ(u.query.size(), 3u);
  EXPECT_EQ(u.query[1].second, "x y");
  EXPECT_EQ(u.query[2], std::make_pair(std::string("a"), std::string("2")));
}

TEST(Uri, Ipv6AndUnix) {
  const Uri six = parse_uri("grpc://[::1]:31337");
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.port, 31337);
  EXPECT_EQ(parse_uri("grpc+unix:///run/a%20b.sock").path, "/run/a b.sock");
  EXPECT_EQ(format_host_port("::1", 80), "[::1]:80");
}

TEST(Uri, EmptyHostAndNoPort) {
  const Uri u = parse_uri("datafusion+flightsql://?insecure=true");
  EXPECT_EQ(u.host, "");
  EXPECT_FALSE(u.port.has_value());
  EXPECT_FALSE(u.user.has_value());
  EXPECT_EQ(parse_uri("grpc://u:@h").password, "");
}

TEST(Uri, APasswordWithAnUnescapedAt) {
  const Uri u = parse_uri("grpc://me:p@ss@host:1");
  EXPECT_EQ(u.password, "p@ss");
  EXPECT_EQ(u.host, "host");
}

class BadUri : public testing::TestWithParam<const char*> {};
TEST_P(BadUri, IsRefusedWithoutThePassword) {
  try {
    static_cast<void>(parse_uri(GetParam()));
    FAIL() << "accepted " << GetParam();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_EQ(e.message().find("hunter2"), std::string::npos) << e.message();
  }
}
INSTANTIATE_TEST_SUITE_P(
    Uri, BadUri,
    testing::Values("", "host:1", "://h", "1x://h", "grpc://h:0", "grpc://h:65536",
                    "grpc://h:1x", "grpc://[::1", "grpc://::1", "grpc://h/%zz",
                    "grpc://h h", "grpc://u:hunter2@h:port", "grpc://u:hunter2%@h",
                    "grpc://h#x", "grpc://u:hunter2/x@h:1", "grpc://u:hunter2?x@h:1"));

TEST(Uri, RedactsPasswordsAndSecretParameters) {
  EXPECT_EQ(redact_uri("grpc://u:hunter2@h:1/x?token=abc&a=b"),
            "grpc://u:***@h:1/x?token=***&a=b");
  EXPECT_EQ(redact_uri("grpc://u:p@ss@h"), "grpc://u:***@h");
  EXPECT_EQ(redact_uri("grpc://u:p/s?s@h:1"), "grpc://u:***@h:1");
  EXPECT_EQ(redact_uri("grpc://h:1/?q=a@b"), "grpc://h:1/?q=a@b");
  EXPECT_EQ(redact_uri("grpc://[::1]/?q=a@b"), "grpc://[::1]/?q=a@b");
  EXPECT_EQ(redact_uri("grpc://h?x=1&API_KEY=z"), "grpc://h?x=1&API_KEY=***");
  EXPECT_EQ(redact_uri("grpc://h/?q=a@b"), "grpc://h/?q=a@b");
  EXPECT_EQ(redact_uri("nonsense"), "nonsense");
}

TEST(Uri, PercentRoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace fletching
