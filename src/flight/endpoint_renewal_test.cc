// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_renewal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flight/fake_network.h"
#include "flight/flight_client.h"
#include "flight/wire.h"

namespace fletching {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::ElementsAre;

FlightEndpoint ending(system_clock::time_point when) {
  FlightEndpoint endpoint;
  endpoint.ticket = "t";
  endpoint.expiration_ns = nanoseconds(when.time_since_epoch()).count();
  return endpoint;
}

TEST(EndpointLife, IsEndingInItsLastTenSecondsOrItsSecondHalf) {
  const system_clock::time_point got(minutes(1000));
  const EndpointLife life(got);
  EXPECT_FALSE(life.is_ending(FlightEndpoint{}, got + minutes(99)));
  const FlightEndpoint long_lived = ending(got + minutes(5));
  EXPECT_FALSE(life.is_ending(long_lived, got + seconds(289)));
  EXPECT_TRUE(life.is_ending(long_lived, got + seconds(291)));
  EXPECT_TRUE(life.is_ending(long_lived, got + minutes(6)));
  const FlightEndpoint short_lived = ending(got + seconds(4));
  EXPECT_FALSE(life.is_ending(short_lived, got)) << "nobody renews what is new";
  EXPECT_TRUE(life.is_ending(short_lived, got + seconds(3)));
}

class Renewal : public testing::Test {
 protected:
  Renewal() {
    options_.channel.host = "db";
    options_.channel.port = 1;
    options_.endpoint_concurrency = 1;
    options_.headers = {
        {"test", testing::UnitTest::GetInstance()->current_test_info()->name()}};
    network_->servers["db:1"] = [this](const FakeRequest& request) {
      calls_.push_back(request.method == "DoAction"
                           ? "renew"
                           : "get " + request.messages.front().substr(2));
      FakeReply reply;
      if (request.method == "DoAction") {
        if (failure_) {
          reply.error = failure_;
        } else {
          reply.messages.push_back(fake_message(
              ProtoWriter().add_bytes(1, encode_endpoint(renewed_)).str()));
        }
      }
      return reply;
    };
    renewed_.ticket = "new";
  }

  // Two endpoints: one that has ended already, one for ever.
  void read() {
    FlightInfo info;
    info.endpoints = {ending(system_clock::now() - minutes(1)), FlightEndpoint{}};
    info.endpoints[1].ticket = "other";
    const auto client = connect_flight(options_, network_, Wait{});
    const auto stream = client->read(std::move(info), Wait{});
    Batch batch;
    EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  }

  FlightOptions options_;
  std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
  std::vector<std::string> calls_;
  FlightEndpoint renewed_;
  std::optional<Error> failure_;
};

TEST_F(Renewal, TheNewTicketIsRedeemed) {
  read();
  EXPECT_THAT(calls_, ElementsAre("renew", "get new", "get other"));
}

TEST_F(Renewal, AServerWithoutItGetsTheOldOneAndIsNotAskedAgain) {
  failure_ = fake_status(12, "no");
  read();
  read();
  EXPECT_THAT(calls_, ElementsAre("renew", "get t", "get other", "get t", "get other"));
}

TEST_F(Renewal, ARefusalIsNotTheEndOfTheResult) {
  failure_ = fake_status(13, "oops");
  read();
  EXPECT_THAT(calls_, ElementsAre("renew", "get t", "get other"));
}

TEST_F(Renewal, AnEndpointWithoutATicketIsNone) {
  renewed_ = FlightEndpoint{};
  read();
  EXPECT_THAT(calls_, ElementsAre("renew", "get t", "get other"));
}

}  // namespace
}  // namespace fletching
