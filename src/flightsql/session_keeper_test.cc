// SPDX-License-Identifier: Apache-2.0
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SessionOptionsTest : public SessionTest {
 protected:
  SessionOptionsTest() {
    on("SetSessionOptions", [this](const Seen&) {
      FakeReply reply = answer_of({result_of(errors_)});
      if (!cookie_.empty()) reply.headers = {{"set-cookie", cookie_}};
      return reply;
    });
    on("CloseSession", [](const Seen&) { return FakeReply(); });
    on("CommandStatementQuery", [this](const Seen&) {
      FakeReply reply = answer_of({info_of({})});
      if (!cookie_.empty()) reply.headers = {{"set-cookie", cookie_}};
      return reply;
    });
  }

  void query(Session& session) {
    static_cast<void>(session.query("select 1")->execute(Wait{}));
  }
  size_t sets() const {
    const auto all = names();
    return static_cast<size_t>(std::count(all.begin(), all.end(), "SetSessionOptions"));
  }

  std::string errors_;
  std::string cookie_ = "arrow_flight_session_id=one; Path=/";
};

TEST_F(SessionOptionsTest, AreSentBareAndOnce) {
  const auto session = open();
  session->set_session_options({{"catalog", "db"}}, Wait{});
  EXPECT_EQ(bytes_field(last("SetSessionOptions").body, 1),
            "\x0a\x07"
            "catalog\x12\x04\x0a\x02"
            "db");
  query(*session);
  query(*session);
  EXPECT_EQ(sets(), 1u);
  EXPECT_EQ(last("CommandStatementQuery").cookie, "arrow_flight_session_id=one");
}

TEST_F(SessionOptionsTest, AreSetAgainInANewSession) {
  const auto session = open();
  session->set_session_options({{"catalog", "db"}, {"limit", int64_t{5}}}, Wait{});
  session->set_session_options({{"limit", std::monostate()}, {"schema", "s"}}, Wait{});
  EXPECT_EQ(sets(), 2u);
  cookie_ = "arrow_flight_session_id=two; Path=/";
  query(*session);  // whose answer brings the new session
  query(*session);
  EXPECT_EQ(sets(), 3u);
  EXPECT_THAT(last("SetSessionOptions").body,
              AllOf(HasSubstr("catalog"), HasSubstr("schema"), Not(HasSubstr("limit"))))
      << "what was erased stays so";
  query(*session);
  EXPECT_EQ(sets(), 3u);
}

TEST_F(SessionOptionsTest, AreSetAgainOnANewConnection) {
  cookie_.clear();
  const auto session = open();
  session->set_session_options({{"catalog", "db"}}, Wait{});
  network_->last->close();
  query(*session);
  EXPECT_THAT(names(), ElementsAre("SetSessionOptions", "SetSessionOptions",
                                   "CommandStatementQuery"))
      << "before anything that depends on them";
  query(*session);
  EXPECT_EQ(sets(), 2u);
}

TEST_F(SessionOptionsTest, AnotherCookieIsNotAnotherSession) {
  const auto session = open();
  session->set_session_options({{"catalog", "db"}}, Wait{});
  cookie_ = "balancer=7";
  query(*session);
  query(*session);
  EXPECT_EQ(sets(), 1u);
}

TEST_F(SessionOptionsTest, WhatIsRefusedIsNamedAndNotSetAgain) {
  errors_ = ProtoWriter()
                .add_message(1, ProtoWriter().add_bytes(1, "nope").add_message(
                                    2, ProtoWriter().add_uint64(1, 1)))
                .str();
  cookie_.clear();
  const auto session = open();
  const Error error = error_of([&] {
    session->set_session_options({{"catalog", "db"}, {"nope", true}}, Wait{});
  });
  EXPECT_EQ(error.code(), Code::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("nope (it has no such option)"));
  errors_.clear();
  network_->last->close();
  query(*session);
  EXPECT_THAT(last("SetSessionOptions").body,
              AllOf(HasSubstr("catalog"), Not(HasSubstr("nope"))));
}

TEST_F(SessionOptionsTest, AServerWithoutSessionsSaysSo) {
  fails("SetSessionOptions", fake_status(12, "no"));
  const auto session = open();
  EXPECT_EQ(error_of([&] {
              session->set_session_options({{"catalog", "db"}}, Wait{});
            }).code(),
            Code::kNotImplemented);
  query(*session);
  EXPECT_EQ(sets(), 1u);
}

TEST_F(SessionOptionsTest, ComeBackWithTheirTypes) {
  const auto entry = [](const std::string& name, const ProtoWriter& value) {
    return ProtoWriter().add_bytes(1, name).add_message(2, value);
  };
  ProtoWriter all;
  all.add_message(1, entry("s", ProtoWriter().add_bytes(1, "x")));
  all.add_message(1, entry("b", ProtoWriter().add_bool(2, true)));
  all.add_message(1, entry("i", ProtoWriter().add_sfixed64(3, -7)));
  all.add_message(1, entry("d", ProtoWriter().add_double(4, 0.5)));
  all.add_message(
      1, entry("l", ProtoWriter().add_message(5, ProtoWriter().add_bytes(1, "p"))));
  on("GetSessionOptions",
     [&](const Seen&) { return answer_of({result_of(all.str())}); });
  const SessionOptions expected = {{"s", "x"},
                                   {"b", true},
                                   {"i", int64_t{-7}},
                                   {"d", 0.5},
                                   {"l", std::vector<std::string>{"p"}}};
  EXPECT_EQ(open()->session_options(Wait{}), expected);
}

TEST_F(SessionOptionsTest, WithoutASessionThereAreNone) {
  for (const int code : {12, 3}) {
    fails("GetSessionOptions", fake_status(code, "no session"));
    EXPECT_TRUE(open()->session_options(Wait{}).empty());
  }
  fails("GetSessionOptions", fake_status(16, "who are you"));
  EXPECT_EQ(
      error_of([&] { static_cast<void>(open()->session_options(Wait{})); }).code(),
      Code::kUnauthenticated);
}

TEST_F(SessionOptionsTest, AUsedSessionIsClosedWithTheConnection) {
  const auto session = open();
  query(*session);  // brings a cookie
  session->close(Wait{});
  EXPECT_EQ(seen_.back().name, "CloseSession");
  EXPECT_EQ(seen_.back().body, "");
}

TEST_F(SessionOptionsTest, AnUnusedOneIsNot) {
  cookie_.clear();
  const auto session = open();
  query(*session);
  session->close(Wait{});
  EXPECT_THAT(names(), Not(Contains("CloseSession")));
}

TEST_F(SessionOptionsTest, ErrorsOfTheCloseAreNobodys) {
  for (const Error& error : {fake_status(12, "no"), fake_status(13, "oops"),
                             Error(Code::kIo, "connection: lost")}) {
    fails("CloseSession", error);
    const auto session = open();
    query(*session);
    session->close(Wait{});
  }
}

}  // namespace
}  // namespace fletching
