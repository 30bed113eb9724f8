// SPDX-License-Identifier: Apache-2.0
#include "flight/auth.h"

#include <functional>

#include <gtest/gtest.h>

#include "flight/identity.h"

namespace fletching {
namespace {

FlightOptions basic() {
  FlightOptions options;
  options.channel.host = "db";
  options.channel.port = 1;
  options.user = "user";
  options.password = "pass";
  return options;
}

std::string authorization(const Credentials& credentials) {
  const auto stamp = credentials.current();
  const auto value = find_header(stamp.headers, "authorization");
  return value ? std::string(*value) : "";
}

TEST(Credentials, BasicIsPaddedBase64) {
  const Credentials credentials(basic());
  EXPECT_TRUE(credentials.needs_login());
  EXPECT_EQ(find_header(credentials.login_headers(), "authorization"),
            "Basic dXNlcjpwYXNz");
  auto options = basic();
  options.user = "u";
  options.password = "";
  EXPECT_EQ(find_header(Credentials(options).login_headers(), "authorization"),
            "Basic dTo=");
}

TEST(Credentials, TheTokenComesFromHeaderTrailerOrPayload) {
  Credentials header(basic());
  header.logged_in({{"authorization", "Bearer h"}}, {{"authorization", "Bearer t"}},
                   "p");
  EXPECT_EQ(authorization(header), "Bearer h");
  Credentials trailer(basic());
  trailer.logged_in({}, {{"authorization", "bearer t"}}, "");
  EXPECT_EQ(authorization(trailer), "bearer t");
  Credentials payload(basic());
  payload.logged_in({}, {}, "p");
  EXPECT_EQ(authorization(payload), "Bearer p");
  EXPECT_EQ(find_header(payload.current().headers, "auth-token-bin"), "p");
  EXPECT_FALSE(payload.needs_login());
  EXPECT_EQ(payload.description(), "bearer token from the handshake");
}

TEST(Credentials, APayloadThatIsNoTextGoesAsBinaryHeaderAlone) {
  Credentials credentials(basic());
  credentials.logged_in({}, {}, std::string("\x01\x02", 2));
  EXPECT_EQ(authorization(credentials), "");
  EXPECT_EQ(find_header(credentials.current().headers, "auth-token-bin"), "\x01\x02");
}

TEST(Credentials, NoTokenOrNoHandshakeMeansBasicOnEveryCall) {
  Credentials empty(basic());
  empty.logged_in({{"authorization", "Basic dXNlcjpwYXNz"}}, {}, "");
  EXPECT_EQ(authorization(empty), "Basic dXNlcjpwYXNz");
  EXPECT_FALSE(empty.needs_login());
  Credentials none(basic());
  none.no_handshake();
  EXPECT_EQ(authorization(none), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(none.description(), "basic on every call");
  auto options = basic();
  options.handshake = false;
  EXPECT_EQ(authorization(Credentials(options)), "Basic dXNlcjpwYXNz");
}

TEST(Credentials, AnyResponseMayRotateTheToken) {
  FlightOptions options;
  options.token = "first";
  Credentials credentials(options);
  EXPECT_EQ(authorization(credentials), "Bearer first");
  credentials.learn({{"authorization", "Bearer second"}});
  EXPECT_EQ(authorization(credentials), "Bearer second");
  EXPECT_EQ(credentials.description(), "bearer token from a response");
  credentials.learn({{"authorization", "Basic zzz"}});
  credentials.learn({{"authorization", "Bearer "}});
  credentials.learn({{"authorization", "Bearer a\nb"}});
  EXPECT_EQ(authorization(credentials), "Bearer second");
}

TEST(Credentials, AnEchoIsNoRotation) {
  FlightOptions options;
  options.token = "t";
  Credentials credentials(options);
  const auto before = credentials.current().version;
  credentials.learn({{"authorization", "Bearer t"}});
  EXPECT_EQ(credentials.current().version, before);
}

TEST(Credentials, ARefusedTokenIsDroppedOnce) {
  Credentials credentials(basic());
  credentials.logged_in({{"authorization", "Bearer old"}}, {}, "");
  const auto version = credentials.current().version;
  EXPECT_TRUE(credentials.refused(version));
  EXPECT_TRUE(credentials.needs_login());
  credentials.logged_in({{"authorization", "Bearer new"}}, {}, "");
  EXPECT_TRUE(credentials.refused(version)) << "another thread has renewed it";
  EXPECT_EQ(authorization(credentials), "Bearer new");
}

TEST(Credentials, WhatTheUserGaveCannotBeRenewed) {
  FlightOptions options;
  options.token = "t";
  Credentials token(options);
  EXPECT_FALSE(token.refused(token.current().version));
  auto always = basic();
  always.handshake = false;
  Credentials password(always);
  EXPECT_FALSE(password.refused(password.current().version));
}

TEST(Credentials, AreSharedByEqualIdentitiesOnly) {
  auto options = basic();
  options.user = "shared by equal identities";
  const auto first = credentials_for(options);
  EXPECT_EQ(first, credentials_for(options));
  for (const auto& change : std::vector<std::function<void(FlightOptions&)>>{
           [](auto& o) { o.password = "other"; }, [](auto& o) { o.channel.port = 2; },
           [](auto& o) { o.headers = {{"tenant", "b"}}; },
           [](auto& o) { o.channel.tls.private_key = "k"; },
           [](auto& o) { o.channel.proxy = ""; },
           [](auto& o) { o.share_token = false; }}) {
    auto other = options;
    change(other);
    EXPECT_NE(first, credentials_for(other));
  }
}

TEST(Credentials, AnonymousCallersShareNothing) {
  FlightOptions options;
  EXPECT_NE(credentials_for(options), credentials_for(options));
}

TEST(Identity, FieldsCannotRunTogether) {
  auto a = basic();
  a.user = "ab";
  a.password = "c";
  auto b = basic();
  b.user = "a";
  b.password = "bc";
  EXPECT_NE(identity_of(a), identity_of(b));
  a = basic();
  a.headers = {{"x", "1"}, {"y", "2"}};
  b = basic();
  b.headers = {{"x", "1y"}, {"", "2"}};
  EXPECT_NE(identity_of(a), identity_of(b));
  EXPECT_EQ(identity_of(a), identity_of(a));
  EXPECT_EQ(identity_of(a).size(), 64u);
  EXPECT_NE(identity_of(a), token_key_of(a));
}

TEST(Identity, TellsApartNoProxyFromTheEnvironments) {
  auto a = basic();
  auto b = basic();
  b.channel.proxy = "";
  EXPECT_NE(identity_of(a), identity_of(b));
}

TEST(Identity, LocationsWithAndWithoutCredentialsDiffer) {
  const auto options = basic();
  EXPECT_NE(location_key_of("id", options.channel, true),
            location_key_of("id", options.channel, false));
  EXPECT_NE(location_key_of("id", options.channel, true),
            location_key_of("di", options.channel, true));
}

}  // namespace
}  // namespace fletching
