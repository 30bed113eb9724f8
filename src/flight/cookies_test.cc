// SPDX-License-Identifier: Apache-2.0
#include "flight/cookies.h"

#include <gtest/gtest.h>

namespace fletching {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPath = "/arrow.flight.protocol.FlightService/DoGet";
const CookieJar::Moment kNow{seconds(1'700'000'000)};

class Cookies : public testing::Test {
 protected:
  void set(const std::string& value, CookieJar::Place from = {"host", kPath, true}) {
    jar_.absorb({{"set-cookie", value}}, from, kNow);
  }
  std::string sent(CookieJar::Place to = {"host", kPath, true},
                   CookieJar::Moment when = kNow) {
    return jar_.header(to, when);
  }
  CookieJar jar_;
};

TEST_F(Cookies, AreSentBackToTheirHost) {
  set("arrow_flight_session_id=abc; HttpOnly");
  EXPECT_EQ(sent(), "arrow_flight_session_id=abc");
  EXPECT_EQ(sent({"HOST", kPath, true}), "arrow_flight_session_id=abc");
}

TEST_F(Cookies, NeverGoToAnotherHostWhateverTheirDomain) {
  set("a=1; Domain=example.com", {"db.example.com", kPath, true});
  EXPECT_EQ(sent({"other.example.com", kPath, true}), "");
  EXPECT_EQ(sent({"db.example.com", kPath, true}), "a=1");
}

TEST_F(Cookies, SeveralInOneResponse) {
  jar_.absorb({{"set-cookie", "a=1"}, {"x", "y"}, {"set-cookie", "b=2=3"}},
              {"host", kPath, false}, kNow);
  EXPECT_EQ(sent(), "a=1; b=2=3");
}

TEST_F(Cookies, ANewValueReplacesTheOldOne) {
  set("a=1");
  set("a=2");
  EXPECT_EQ(sent(), "a=2");
}

TEST_F(Cookies, MaxAgeEndsThemAndBeatsExpires) {
  set("a=1; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT");
  EXPECT_EQ(sent({"host", kPath, true}, kNow + seconds(59)), "a=1");
  EXPECT_EQ(sent({"host", kPath, true}, kNow + seconds(61)), "");
}

TEST_F(Cookies, AreDeletedByAnOldDate) {
  set("a=1");
  set("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(sent(), "");
  set("a=1");
  set("a=; Max-Age=0");
  EXPECT_EQ(jar_.size(), 0u);
}

TEST_F(Cookies, SecureOnesStayOffPlaintext) {
  set("a=1; Secure");
  EXPECT_EQ(sent({"host", kPath, false}), "");
  EXPECT_EQ(sent(), "a=1");
}

TEST_F(Cookies, PathsAreHonoured) {
  set("root=1; Path=/");
  set("other=1; Path=/arrow.flight");
  set("service=1");
  set("exact=1; Path=/arrow.flight.protocol.FlightService/DoGet");
  EXPECT_EQ(sent(), "exact=1; service=1; root=1");
}

TEST_F(Cookies, LongTokensFit) {
  const std::string jwt(12'000, 'j');
  set("session=" + jwt);
  EXPECT_EQ(sent(), "session=" + jwt);
}

TEST_F(Cookies, NonsenseIsIgnored) {
  set("novalue");
  set("=1");
  set("a b=1");
  set("bin=\x01\x02");
  set("big=" + std::string(70'000, 'x'));
  EXPECT_EQ(jar_.size(), 0u);
}

TEST_F(Cookies, AreBounded) {
  for (int i = 0; i < 500; ++i) set("n" + std::to_string(i) + "=1");
  EXPECT_EQ(jar_.size(), 64u);
  EXPECT_NE(sent().find("n499=1"), std::string::npos);
}

TEST(CookieDate, TakesTheUsualForms) {
  const CookieJar::Moment want{seconds(1'445'412'480)};
  for (const char* text :
       {"Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT",
        "Wed Oct 21 07:28:00 2015"}) {
    CookieJar::Moment got;
    EXPECT_TRUE(parse_cookie_date(text, got)) << text;
    EXPECT_EQ(got, want) << text;
  }
  CookieJar::Moment got;
  EXPECT_TRUE(parse_cookie_date("Fri, 31 Dec 9999 23:59:59 GMT", got));
  EXPECT_EQ(got, CookieJar::Moment::max());
  for (const char* text :
       {"", "tomorrow", "31 Feb 2020 00:00:00", "1 Jan 2020 25:00:00"}) {
    EXPECT_FALSE(parse_cookie_date(text, got)) << text;
  }
}

}  // namespace
}  // namespace fletching
