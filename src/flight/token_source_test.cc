// SPDX-License-Identifier: Apache-2.0
#include "flight/token_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>

#include "flight/auth.h"
#include "flight/fake_network.h"
#include "flight/flight_client.h"
#include "flight/identity.h"

namespace fletching {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::ElementsAre;

class TokenSources : public testing::Test {
 protected:
  TokenSources() {
    options_.channel.host = "db";
    options_.channel.port = 1;
    options_.token_source = std::make_shared<TokenSource>([this](const Wait&) {
      ++asked_;
      if (failure_) std::rethrow_exception(failure_);
      return GivenToken{"t" + std::to_string(asked_), expires_};
    });
    network_->servers["db:1"] = [this](const FakeRequest& request) {
      FakeReply reply;
      sent_.push_back(request.header("authorization"));
      if (refusals_ > 0) {
        --refusals_;
        reply.error = fake_status(16, "expired");
      } else {
        reply.messages.push_back(fake_message(""));
      }
      return reply;
    };
  }

  std::shared_ptr<FlightClient> connect() {
    return connect_flight(options_, network_, Wait{});
  }

  FlightOptions options_;
  std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
  std::vector<std::string> sent_;
  std::atomic<int> asked_{0};
  int refusals_ = 0;
  std::exception_ptr failure_;
  std::optional<system_clock::time_point> expires_;
};

TEST_F(TokenSources, AreAskedBeforeTheFirstCallAndThenNotAgain) {
  const auto client = connect();
  EXPECT_EQ(asked_, 1);
  client->get_flight_info("x", Wait{});
  client->get_flight_info("x", Wait{});
  connect()->get_flight_info("x", Wait{});
  EXPECT_THAT(sent_, ElementsAre("Bearer t1", "Bearer t1", "Bearer t1"));
  EXPECT_EQ(client->auth_description(), "bearer token from a provider");
}

TEST_F(TokenSources, AreAskedAMinuteBeforeTheEnd) {
  const auto now = system_clock::now();
  EXPECT_EQ(renewal_of({"t", now + minutes(10)}, now), now + minutes(9));
  EXPECT_EQ(renewal_of({"t", now + seconds(60)}, now), now + seconds(30))
      << "not with every call, where tokens are short";
  EXPECT_LE(renewal_of({"t", now - seconds(5)}, now), now);
  EXPECT_EQ(renewal_of({"t", std::nullopt}, now), system_clock::time_point::max());
  expires_ = now - seconds(1);
  const auto client = connect();
  expires_ = now + minutes(10);
  client->get_flight_info("x", Wait{});
  client->get_flight_info("x", Wait{});
  EXPECT_THAT(sent_, ElementsAre("Bearer t2", "Bearer t2"));
}

TEST_F(TokenSources, AreAskedOnceMoreForARefusedTokenAndTheCallIsReplayedOnce) {
  const auto client = connect();
  refusals_ = 1;
  client->get_flight_info("x", Wait{});
  EXPECT_THAT(sent_, ElementsAre("Bearer t1", "Bearer t2"));
  refusals_ = 2;
  EXPECT_THROW(client->get_flight_info("x", Wait{}), Error);
  EXPECT_THAT(sent_, ElementsAre("Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"));
}

TEST_F(TokenSources, AreAskedWhateverTheKindOfCall) {
  const auto client = connect();
  refusals_ = 1;
  client->do_action("A", "", Wait{});
  refusals_ = 1;
  client->do_put("c", Wait{})->finish(Wait{});
  EXPECT_THAT(sent_, ElementsAre("Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"));
}

TEST_F(TokenSources, TheirOwnExceptionsComeOut) {
  failure_ = std::make_exception_ptr(std::runtime_error("vault sealed"));
  EXPECT_THROW(connect(), std::runtime_error);
  failure_ = nullptr;
  connect();
  EXPECT_EQ(asked_, 2) << "a failure is not for ever";
}

TEST_F(TokenSources, WhatIsNoTokenIsNeverSent) {
  for (const std::string bad : {"", "a b", "a\nb", "\xc3\xa4"}) {
    options_.token_source =
        std::make_shared<TokenSource>([&](const Wait&) { return GivenToken{bad, {}}; });
    try {
      connect();
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kUnauthenticated);
      if (!bad.empty()) {
        EXPECT_EQ(error.message().find(bad), std::string::npos) << "it may be a secret";
      }
    }
  }
  EXPECT_TRUE(sent_.empty());
}

TEST_F(TokenSources, TwoAreNeverTheSamePeer) {
  FlightOptions other = options_;
  EXPECT_EQ(identity_of(other), identity_of(options_));
  other.token_source =
      std::make_shared<TokenSource>([](const Wait&) { return GivenToken{"o", {}}; });
  EXPECT_NE(identity_of(other), identity_of(options_));
  EXPECT_NE(token_key_of(other), token_key_of(options_));
}

TEST_F(TokenSources, CallersAtTheSameTimeAskOnce) {
  std::promise<void> asking, answer;
  std::atomic<int> asked{0};
  options_.token_source = std::make_shared<TokenSource>([&](const Wait&) {
    if (++asked == 1) asking.set_value();
    answer.get_future().wait();
    return GivenToken{"t", {}};
  });
  Credentials credentials(options_);
  auto first = std::async(std::launch::async, [&] { credentials.ask_if_due(Wait{}); });
  asking.get_future().wait();
  auto second = std::async(std::launch::async, [&] { credentials.ask_if_due(Wait{}); });
  const Wait impatient{Deadline::after(std::chrono::milliseconds(20))};
  EXPECT_THROW(credentials.ask_if_due(impatient), Error) << "a waiter's deadline holds";
  answer.set_value();
  first.get();
  second.get();
  EXPECT_EQ(asked, 1);
}

TEST_F(TokenSources, AnAskerThatGivesUpLeavesTheQuestionToTheNext) {
  std::promise<void> asking;
  std::atomic<int> asked{0};
  CancelToken cancel;
  options_.token_source = std::make_shared<TokenSource>([&](const Wait& wait) {
    if (++asked == 2) return GivenToken{"t", {}};
    asking.set_value();
    while (true) wait_for({}, wait, "asking");
  });
  Credentials credentials(options_);
  Wait cancelled;
  cancelled.cancel = &cancel;
  auto first =
      std::async(std::launch::async, [&] { credentials.ask_if_due(cancelled); });
  asking.get_future().wait();
  auto second = std::async(std::launch::async, [&] { credentials.ask_if_due(Wait{}); });
  cancel.cancel();
  EXPECT_THROW(first.get(), Error);
  second.get();
  EXPECT_EQ(asked, 2);
}

TEST_F(TokenSources, ASourceThatUsesItsOwnConnectionIsTold) {
  Credentials* self = nullptr;
  options_.token_source = std::make_shared<TokenSource>([&](const Wait&) {
    self->ask_if_due(Wait{});
    return GivenToken{"t", {}};
  });
  Credentials credentials(options_);
  self = &credentials;
  try {
    credentials.ask_if_due(Wait{});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidState);
  }
}

// What a provider holds is the face's, and its end may run anything.
TEST_F(TokenSources, OneThatIsForgottenMayUseTheRegistryAtItsEnd) {
  struct Last {
    std::function<void()> act;
    ~Last() { act(); }
  };
  bool ended = false;
  const auto other = [](uint16_t number, std::shared_ptr<Last> held) {
    FlightOptions options;
    options.channel.host = "db";
    options.channel.port = number;
    options.token_source = std::make_shared<TokenSource>(
        [held = std::move(held)](const Wait&) { return GivenToken{"t", {}}; });
    return options;
  };
  static_cast<void>(credentials_for(other(1, std::make_shared<Last>([&] {
                                            static_cast<void>(
                                                credentials_for(options_));
                                            ended = true;
                                          }))));
  for (uint16_t i = 2; i < 1000 && !ended; ++i) {
    static_cast<void>(credentials_for(other(i, nullptr)));
  }
  EXPECT_TRUE(ended);
}

TEST_F(TokenSources, AForkedChildDoesNotWaitForTheAskerOfItsParent) {
  std::promise<void> asking, answer;
  const pid_t parent = ::getpid();
  options_.token_source = std::make_shared<TokenSource>([&](const Wait&) {
    if (::getpid() == parent) {
      asking.set_value();
      answer.get_future().wait();
    }
    return GivenToken{"t", {}};
  });
  Credentials credentials(options_);
  auto asker = std::async(std::launch::async, [&] { credentials.ask_if_due(Wait{}); });
  asking.get_future().wait();
  const pid_t child = ::fork();
  if (child == 0) {
    credentials.ask_if_due(Wait{Deadline::after(seconds(10))});
    ::_exit(credentials.current().headers.empty() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  answer.set_value();
  asker.get();
}

}  // namespace
}  // namespace fletching
