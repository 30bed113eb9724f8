// SPDX-License-Identifier: Apache-2.0
#include "flight/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FlightOptions options_at(const std::string& host, uint16_t port, bool tls) {
  FlightOptions options;
  options.channel.host = host;
  options.channel.port = port;
  options.channel.tls.enabled = tls;
  return options;
}

std::vector<std::string> names(const std::vector<std::string>& locations,
                               const FlightOptions& options) {
  FlightEndpoint endpoint;
  endpoint.locations = locations;
  std::vector<std::string> out;
  for (const auto& target : targets_of(endpoint, options)) {
    out.push_back(target.origin ? "origin" : target.name);
  }
  return out;
}

TEST(Locations, NoneEmptyAndReuseMeanTheOrigin) {
  const auto options = options_at("db", 1, false);
  EXPECT_THAT(names({}, options), ElementsAre("origin"));
  EXPECT_THAT(names({""}, options), ElementsAre("origin"));
  EXPECT_THAT(names({"arrow-flight-reuse-connection://?"}, options),
              ElementsAre("origin"));
}

TEST(Locations, AreTriedInTheServersOrderWithTheOriginLast) {
  const auto options = options_at("db", 1, false);
  EXPECT_THAT(names({"grpc://a:2", "grpc+tcp://[::1]:3"}, options),
              ElementsAre("grpc://a:2", "grpc://[::1]:3", "origin"));
  EXPECT_THAT(names({"grpc://a:2", "", "grpc://b:2"}, options),
              ElementsAre("grpc://a:2", "origin", "grpc://b:2"));
}

TEST(Locations, TheOriginsOwnAddressIsTheOrigin) {
  EXPECT_THAT(names({"grpc://DB:1"}, options_at("db", 1, false)),
              ElementsAre("origin"));
  EXPECT_THAT(names({"grpc://127.0.0.1:1"}, options_at("localhost", 1, false)),
              ElementsAre("origin"));
  EXPECT_THAT(names({"grpc+tls://db:1"}, options_at("db", 1, false)),
              ElementsAre("grpc+tls://db:1", "origin"));
}

TEST(Locations, UnspecifiedAddressesAreTheOriginsHost) {
  EXPECT_THAT(names({"grpc://0.0.0.0:1"}, options_at("db", 1, false)),
              ElementsAre("origin"));
  EXPECT_THAT(
      names({"grpc+tcp://0.0.0.0:9", "grpc://[::]:8"}, options_at("db", 1, false)),
      ElementsAre("grpc://db:9", "grpc://db:8", "origin"));
  // Behind a proxy that ends TLS the plaintext address leads nowhere.
  EXPECT_THAT(names({"grpc+tcp://0.0.0.0:9"}, options_at("db", 443, true)),
              ElementsAre("origin"));
}

TEST(Locations, PoliciesDecide) {
  auto options = options_at("db", 1, false);
  options.location_policy = LocationPolicy::kOrigin;
  EXPECT_THAT(names({"grpc://a:2", "http://x/y"}, options), ElementsAre("origin"));
  options.location_policy = LocationPolicy::kAdvertised;
  EXPECT_THAT(names({"grpc://a:2"}, options), ElementsAre("grpc://a:2"));
  EXPECT_THAT(names({}, options), ElementsAre("origin"));
}

TEST(Locations, AMapReplacesHostAndPort) {
  auto options = options_at("db", 1, false);
  options.location_map = {{"be-0.cluster.local:9400", "127.0.0.1:19400"},
                          {"self:5", "db:1"},
                          {"0.0.0.0:7", "gate:7"}};
  EXPECT_THAT(names({"grpc://be-0.cluster.local:9400"}, options),
              ElementsAre("grpc://127.0.0.1:19400", "origin"));
  EXPECT_THAT(names({"grpc://self:5"}, options), ElementsAre("origin"));
  EXPECT_THAT(names({"grpc://0.0.0.0:7"}, options),
              ElementsAre("grpc://gate:7", "origin"));
}

TEST(Locations, HttpIsReadByGetWithoutAnythingOfTheUsers) {
  auto options = options_at("db", 1, true);
  options.channel.tls.cert_chain = "cert";
  options.channel.tls.private_key = "key";
  options.location_map = {{"bucket:443", "127.0.0.1:8443"}};
  FlightEndpoint endpoint;
  endpoint.locations = {"https://u:p@bucket/x?X-Amz-Signature=s3cret"};
  const auto targets = targets_of(endpoint, options);
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].name, "https://bucket");
  EXPECT_EQ(targets[0].http_target, "/x?X-Amz-Signature=s3cret");
  EXPECT_EQ(targets[0].channel.host, "127.0.0.1");
  EXPECT_EQ(targets[0].channel.port, 8443);
  EXPECT_EQ(targets[0].channel.authority, "bucket");
  EXPECT_TRUE(targets[0].channel.tls.enabled);
  EXPECT_EQ(targets[0].channel.tls.cert_chain, "");
  EXPECT_EQ(targets[0].channel.tls.private_key, "");
  EXPECT_FALSE(targets[0].trusted);
  EXPECT_THAT(names({"http://bucket:80/x", "grpc+tls://a:2"}, options),
              ElementsAre("http://bucket", "grpc+tls://a:2", "origin"));
}

TEST(Locations, NonsenseFallsBackToTheOriginWhereAllowed) {
  auto options = options_at("db", 1, false);
  EXPECT_THAT(names({"flight:nothing", "grpc://noport", "ftp://a:1"}, options),
              ElementsAre("origin"));
  options.location_policy = LocationPolicy::kAdvertised;
  EXPECT_THROW(static_cast<void>(names({"flight:nothing"}, options)), Error);
}

TEST(Locations, WhatNamesTheOriginStaysThere) {
  auto options = options_at("db", 1, true);
  options.channel.tls.server_name = "db.internal";
  options.channel.authority = "db.internal:1";
  FlightEndpoint endpoint;
  endpoint.locations = {"grpc+tls://other:2"};
  const auto target = targets_of(endpoint, options).front();
  EXPECT_EQ(target.channel.tls.server_name, "");
  EXPECT_EQ(target.channel.authority, "");
  EXPECT_TRUE(target.channel.tls.enabled);
}

TEST(Locations, ClientCertificatesGoOnlyWhereCredentialsGo) {
  auto options = options_at("db", 1, false);
  options.channel.tls.cert_chain = "CERT";
  options.channel.tls.private_key = "KEY";
  FlightEndpoint endpoint;
  endpoint.locations = {"grpc+tls://other:2"};
  const auto target = targets_of(endpoint, options).front();
  EXPECT_FALSE(target.trusted);
  EXPECT_EQ(target.channel.tls.private_key, "");
}

ChannelOptions at(const std::string& host, bool tls) {
  return options_at(host, 1, tls).channel;
}

TEST(LocationCredentials, FollowOnlyToAnEquallySafePlace) {
  const auto follow = [](const ChannelOptions& from, const ChannelOptions& to) {
    return credentials_follow(LocationCredentials::kTls, from, to);
  };
  EXPECT_TRUE(follow(at("a", true), at("b", true)));
  EXPECT_FALSE(follow(at("a", true), at("b", false)));
  EXPECT_FALSE(follow(at("a", true), at("a", false)));
  EXPECT_FALSE(follow(at("a", false), at("b", false)));
  EXPECT_FALSE(follow(at("a", false), at("b", true)));
  EXPECT_TRUE(follow(at("a", false), at("A", false)));
  EXPECT_TRUE(follow(at("a", false), at("a", true)));
  EXPECT_TRUE(follow(at("localhost", false), at("127.0.0.1", false)));
  EXPECT_FALSE(follow(at("127.0.0.1", false), at("127.0.0.2", false)));
}

TEST(LocationCredentials, OptionsOverrule) {
  EXPECT_TRUE(
      credentials_follow(LocationCredentials::kAlways, at("a", true), at("b", false)));
  EXPECT_FALSE(
      credentials_follow(LocationCredentials::kNever, at("a", true), at("a", true)));
}

}  // namespace
}  // namespace fletching
