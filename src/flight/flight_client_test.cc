// SPDX-License-Identifier: Apache-2.0
#include "flight/flight_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flight/fake_network.h"
#include "flight/wire.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kOrigin = "db:1";

class Client : public testing::Test {
 protected:
  Client() {
    options_.channel.host = "db";
    options_.channel.port = 1;
    // Tokens are kept by the process: every test has its own.
    options_.headers = {
        {"test", testing::UnitTest::GetInstance()->current_test_info()->name()}};
    network_->servers[kOrigin] = [this](const FakeRequest& r) { return serve(r); };
  }

  virtual FakeReply serve(const FakeRequest& request) {
    FakeReply reply;
    if (!script_.empty()) {
      reply = std::move(script_.front());
      script_.pop_front();
    } else if (request.method == "Handshake") {
      reply.error = fake_status(12, "no handshake");
    } else {
      reply.messages.push_back(fake_message(""));
    }
    return reply;
  }

  std::shared_ptr<FlightClient> connect() {
    return connect_flight(options_, network_, Wait{});
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> out;
    for (const auto& request : network_->requests) out.push_back(request.method);
    return out;
  }
  static FakeReply failing(Error error) {
    FakeReply reply;
    reply.error = std::move(error);
    return reply;
  }
  static FakeReply with_headers(Headers headers, bool message = true) {
    FakeReply reply;
    reply.headers = std::move(headers);
    if (message) reply.messages.push_back(fake_message(""));
    return reply;
  }

  FlightOptions options_;
  std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
  std::deque<FakeReply> script_;
};

TEST_F(Client, ConnectsWithoutAnyCall) {
  const auto client = connect();
  EXPECT_THAT(network_->connects, ElementsAre(kOrigin));
  EXPECT_THAT(methods(), ElementsAre());
  EXPECT_EQ(client->auth_description(), "none");
}

TEST_F(Client, SendsTheCommandAndCustomHeaders) {
  options_.headers.push_back({"tenant", "a"});
  options_.headers.push_back({"tenant", "b"});
  options_.token = "t0k";
  connect()->get_flight_info("CMD", Wait{});
  const FakeRequest& request = network_->requests.front();
  EXPECT_THAT(request.messages, ElementsAre(encode_descriptor("CMD")));
  EXPECT_THAT(request.all("tenant"), ElementsAre("a", "b"));
  EXPECT_EQ(request.header("authorization"), "Bearer t0k");
}

TEST_F(Client, LogsInOnceAndUsesTheTokenEverywhere) {
  options_.user = "u";
  options_.password = "p";
  script_.push_back(with_headers({{"authorization", "Bearer T"}}, false));
  auto client = connect();
  EXPECT_EQ(network_->requests.front().header("authorization"), "Basic dTpw");
  EXPECT_THAT(network_->requests.front().messages, ElementsAre());
  client->get_flight_info("x", Wait{});
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("Handshake", "GetFlightInfo", "GetFlightInfo"))
      << "an equal identity needs no login";
  EXPECT_EQ(network_->requests.back().header("authorization"), "Bearer T");
}

TEST_F(Client, NobodyElseGetsTheToken) {
  options_.user = "u";
  options_.password = "p";
  script_.push_back(with_headers({{"authorization", "Bearer T"}}, false));
  const auto client = connect();
  options_.user = "other";
  connect()->get_flight_info("x", Wait{});
  EXPECT_NE(network_->requests.back().header("authorization"), "Bearer T");
}

TEST_F(Client, AServerWithoutHandshakeGetsBasicOnEveryCall) {
  options_.user = "u";
  options_.password = "p";
  auto client = connect();
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.back().header("authorization"), "Basic dTpw");
  EXPECT_EQ(client->auth_description(), "basic on every call");
}

TEST_F(Client, AWrongPasswordIsSaidOnceAndAsSuch) {
  options_.user = "u";
  options_.password = "wrong";
  script_.push_back(failing(fake_status(16, "bad password")));
  try {
    connect();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnauthenticated);
    EXPECT_THAT(error.message(), HasSubstr("login: bad password"));
  }
  EXPECT_EQ(network_->requests.size(), 1u);
}

TEST_F(Client, ARefusedTokenIsRenewedAndTheCallSentAgainOnce) {
  options_.user = "u";
  options_.password = "p";
  script_.push_back(with_headers({{"authorization", "Bearer old"}}, false));
  auto client = connect();
  script_.push_back(failing(fake_status(16, "expired")));
  script_.push_back(with_headers({{"authorization", "Bearer new"}}, false));
  client->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(),
              ElementsAre("Handshake", "GetFlightInfo", "Handshake", "GetFlightInfo"));
  EXPECT_EQ(network_->requests.back().header("authorization"), "Bearer new");
  script_.push_back(failing(fake_status(16, "no")));
  script_.push_back(with_headers({{"authorization", "Bearer newer"}}, false));
  script_.push_back(failing(fake_status(16, "no")));
  EXPECT_THROW(client->get_flight_info("x", Wait{}), Error);
}

TEST_F(Client, AResponseRotatesTheTokenAlsoInItsTrailers) {
  options_.token = "one";
  auto client = connect();
  FakeReply reply = with_headers({});
  reply.trailers = {{"authorization", "Bearer two"}};
  script_.push_back(reply);
  client->get_flight_info("x", Wait{});
  FakeReply failed = failing(fake_status(3, "syntax"));
  failed.trailers = {{"authorization", "Bearer three"}};
  script_.push_back(std::move(failed));
  EXPECT_THROW(client->get_flight_info("x", Wait{}), Error);
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests[1].header("authorization"), "Bearer two");
  EXPECT_EQ(network_->requests[2].header("authorization"), "Bearer three");
}

TEST_F(Client, CookiesComeBackAndBelongToOneClient) {
  script_.push_back(with_headers({{"set-cookie", "s=1"}}));
  auto client = connect();
  client->do_action("A", "", Wait{});
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.back().header("cookie"), "s=1");
  connect()->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.back().header("cookie"), "");
  options_.cookies = false;
  script_.push_back(with_headers({{"set-cookie", "s=2"}}));
  client = connect();
  client->get_flight_info("x", Wait{});
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.back().header("cookie"), "");
}

TEST_F(Client, AStatementThatMayHaveRunIsNotSentAgain) {
  script_.push_back(failing(fake_status(14, "connection lost")));
  auto client = connect();
  EXPECT_THROW(client->get_flight_info("INSERT", Wait{}), Error);
  EXPECT_EQ(network_->requests.size(), 1u);
}

TEST_F(Client, AReadIsSentAgainOnce) {
  script_.push_back(failing(fake_status(14, "connection lost")));
  auto client = connect();
  client->get_flight_info("SELECT", Wait{}, true);
  EXPECT_EQ(network_->requests.size(), 2u);
}

TEST_F(Client, ABrokenConnectionIsReplacedBeforeSending) {
  auto client = connect();
  network_->broken_starts = 1;
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->connects.size(), 2u);
  EXPECT_EQ(network_->requests.size(), 1u);
}

TEST_F(Client, ActionsAndTheirResults) {
  FakeReply reply;
  reply.messages.push_back(fake_message("\x0a\x01r"));
  reply.messages.push_back(fake_message(""));
  script_.push_back(std::move(reply));
  const auto results = connect()->do_action("Type", "body", Wait{});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].body, "r");
  EXPECT_THAT(network_->requests.back().messages,
              ElementsAre(encode_action("Type", "body")));
}

TEST_F(Client, SuccessWithoutAnAnswerIsAnError) {
  script_.push_back(FakeReply{});
  EXPECT_THROW(connect()->get_flight_info("x", Wait{}), Error);
}

TEST_F(Client, ClosesRideWithTheNextCall) {
  auto client = connect();
  client->close_later("ClosePreparedStatement", "h");
  EXPECT_TRUE(network_->requests.empty());
  client->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("DoAction", "GetFlightInfo"));
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.size(), 3u) << "sent once";
}

TEST_F(Client, AFailingCloseDisturbsNobody) {
  auto client = connect();
  script_.push_back(failing(fake_status(13, "no such handle")));
  client->close_later("ClosePreparedStatement", "h");
  EXPECT_NO_THROW(client->get_flight_info("x", Wait{}));
  EXPECT_NO_THROW(client->get_flight_info("x", Wait{}));
}

TEST_F(Client, CloseSendsWhatIsLeftAndGivesTheConnectionToTheNext) {
  auto client = connect();
  client->close_later("CloseSession", "");
  client->close(Wait{});
  client->close(Wait{});
  EXPECT_THAT(methods(), ElementsAre("DoAction"));
  EXPECT_EQ(network_->pool.size(), 1u);
  EXPECT_THROW(client->get_flight_info("x", Wait{}), Error);
  connect()->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->connects.size(), 1u) << "the pooled connection was taken";
}

TEST_F(Client, ADestroyedClientGivesItsConnectionBackSilently) {
  connect()->close_later("CloseSession", "");
  EXPECT_TRUE(network_->requests.empty());
  EXPECT_EQ(network_->pool.size(), 1u);
}

TEST_F(Client, ClosesOfADestroyedClientRideWithTheNext) {
  connect()->close_later("ClosePreparedStatement", "h1");
  auto next = connect();
  EXPECT_TRUE(network_->requests.empty()) << "connecting sends nothing";
  next->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("DoAction", "GetFlightInfo"));
  EXPECT_THAT(network_->requests[0].messages,
              ElementsAre(encode_action("ClosePreparedStatement", "h1")));
  EXPECT_EQ(network_->connects.size(), 1u) << "on the connection of the handle";
  next->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.size(), 3u) << "sent once";
}

TEST_F(Client, ClosesAfterTheEndRideWithTheNext) {
  auto client = connect();
  client->close(Wait{});
  client->close_later("ClosePreparedStatement", "h2");
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("DoAction", "GetFlightInfo"));
}

TEST_F(Client, ClosesOfADestroyedClientAreNobodyElses) {
  connect()->close_later("ClosePreparedStatement", "h3");
  options_.headers.push_back({"tenant", "b"});
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("GetFlightInfo"));
}

TEST_F(Client, ClosesStayWithTheirConnectionWhileItLives) {
  auto first = connect();
  auto second = connect();  // on a connection of its own
  first->close_later("ClosePreparedStatement", "h4");
  first.reset();
  second->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("GetFlightInfo"));
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("GetFlightInfo", "DoAction", "GetFlightInfo"));
}

TEST_F(Client, ClosesOfALostConnectionGoByAnother) {
  connect()->close_later("ClosePreparedStatement", "h5");
  network_->pool.clear();
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("DoAction", "GetFlightInfo"));
}

// Reset before its answer, the server may not have done it.
TEST_F(Client, ACloseWithoutAnAnswerIsSentAgain) {
  FakeReply silent;
  silent.not_ready = 1'000'000;
  script_.push_back(std::move(silent));
  auto client = connect();
  client->close_later("ClosePreparedStatement", "h6");
  client->get_flight_info("x", Wait{});
  client.reset();
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(),
              ElementsAre("DoAction", "GetFlightInfo", "DoAction", "GetFlightInfo"));
  client = connect();
  client->get_flight_info("x", Wait{});
  EXPECT_EQ(network_->requests.size(), 5u) << "and then no more";
}

TEST_F(Client, ClosesBelongToTheSessionOfTheirCookies) {
  script_.push_back(with_headers({{"set-cookie", "session=old"}}));
  auto client = connect();
  client->get_flight_info("x", Wait{});
  client->close_later("CloseSession", "");
  client.reset();

  client = connect();
  // The answer to the old session's end.
  script_.push_back(with_headers({{"set-cookie", "session=gone"}}));
  script_.push_back(with_headers({{"set-cookie", "session=new"}}));
  client->get_flight_info("x", Wait{});
  client->get_flight_info("x", Wait{});
  ASSERT_THAT(methods(), ElementsAre("GetFlightInfo", "DoAction", "GetFlightInfo",
                                     "GetFlightInfo"));
  EXPECT_EQ(network_->requests[1].header("cookie"), "session=old");
  EXPECT_EQ(network_->requests[2].header("cookie"), "");
  EXPECT_EQ(network_->requests[3].header("cookie"), "session=new");
}

// It might be the session of whoever else has this token.
TEST_F(Client, ASessionWithoutACookieIsNotClosedByTheNext) {
  connect()->close_later("CloseSession", "");
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(methods(), ElementsAre("GetFlightInfo"));
}

TEST_F(Client, AnotherIdentityGetsAConnectionOfItsOwn) {
  connect()->close(Wait{});
  options_.headers.push_back({"tenant", "b"});
  connect();
  EXPECT_EQ(network_->connects.size(), 2u);
}

IpcEncoded message_of(const std::string& header, const std::string& body) {
  IpcEncoded out;
  out.header.assign(header.begin(), header.end());
  auto bytes = std::make_unique<uint8_t[]>(body.size());
  std::copy(body.begin(), body.end(), bytes.get());
  if (!body.empty()) out.body.emplace_back(bytes.get(), body.size());
  out.owned.push_back(std::move(bytes));
  out.body_size = static_cast<int64_t>(body.size());
  return out;
}

TEST_F(Client, PutSendsTheDescriptorOnceAndReadsAllResults) {
  FakeReply reply;
  reply.messages.push_back(fake_message("\x0a\x01p"));
  reply.messages.push_back(fake_message("\x0a\x01q"));
  script_.push_back(std::move(reply));
  auto put = connect()->do_put("CMD", Wait{});
  EXPECT_TRUE(put->write(message_of("S", ""), Wait{}));
  EXPECT_TRUE(put->write(message_of("B", "12345678"), Wait{}));
  EXPECT_THAT(put->finish(Wait{}), ElementsAre("p", "q"));
  EXPECT_THAT(network_->requests.back().messages,
              ElementsAre(encode_flight_data(encode_descriptor("CMD"), "S", "", 0),
                          encode_flight_data("", "B", "", 8) + "12345678"));
}

TEST_F(Client, PutWithoutMessagesSendsTheBareDescriptor) {
  auto put = connect()->do_put("CMD", Wait{});
  put->finish(Wait{});
  EXPECT_THAT(network_->requests.back().messages,
              ElementsAre(encode_flight_data(encode_descriptor("CMD"), "", "", 0)));
}

TEST_F(Client, AnErrorAfterAPutResultIsThrown) {
  FakeReply reply = failing(fake_status(3, "row 2"));
  reply.messages.push_back(fake_message("\x0a\x01p"));
  script_.push_back(std::move(reply));
  auto put = connect()->do_put("CMD", Wait{});
  EXPECT_THROW(put->finish(Wait{}), Error);
  EXPECT_THAT(put->results(), ElementsAre("p"));
  EXPECT_EQ(network_->requests.size(), 1u);
}

TEST_F(Client, APutThatWasNotProcessedIsSentAgainWhole) {
  script_.push_back(failing(fake_status(14, "refused", {{":never-processed", ""}})));
  const auto client = connect();
  auto put = client->do_put("CMD", Wait{});
  put->write(message_of("S", ""), Wait{});
  put->write(message_of("B", "12345678"), Wait{});
  put->finish(Wait{});
  ASSERT_EQ(network_->requests.size(), 2u);
  EXPECT_EQ(network_->requests[0].messages, network_->requests[1].messages);
}

TEST_F(Client, APutThatMayHaveRunIsNot) {
  script_.push_back(failing(fake_status(14, "lost")));
  auto put = connect()->do_put("CMD", Wait{});
  EXPECT_THROW(put->finish(Wait{}), Error);
  EXPECT_EQ(network_->requests.size(), 1u);
}

}  // namespace
}  // namespace fletching
