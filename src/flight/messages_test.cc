// SPDX-License-Identifier: Apache-2.0
#include "flight/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fletching/error.h"
#include "flight/wire.h"

namespace fletching {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

TEST(Messages, RequestsAsProtocPrintsThem) {
  EXPECT_EQ(encode_descriptor("abc"),
            "\x08\x02\x12\x03"
            "abc"sv);
  EXPECT_EQ(encode_ticket("t"), "\x0a\x01t");
  EXPECT_EQ(encode_ticket(""), "");
  EXPECT_EQ(encode_action("CloseSession", ""),
            "\x0a\x0c"
            "CloseSession"sv);
  EXPECT_EQ(encode_action("A", "b"), "\x0a\x01\x41\x12\x01\x62"sv);
  EXPECT_EQ(encode_handshake_request(1, "p"), "\x08\x01\x12\x01p"sv);
}

TEST(Messages, FlightDataEndsWhereItsBodyBegins) {
  EXPECT_EQ(encode_flight_data("D", "H", "M", 16),
            "\x0a\x01\x44\x12\x01\x48\x1a\x01\x4d\xc2\x3e\x10"sv);
  EXPECT_EQ(encode_flight_data("", "H", "", 0), "\x12\x01\x48"sv);
}

// schema "S"; endpoint {ticket "t1", locations "", "grpc://h:1", expiration 2 s + 3 ns,
// metadata "m"}; endpoint {}; 10 records, -1 bytes, ordered, metadata "x".
constexpr std::string_view kInfo =
    "\x0a\x01S"
    "\x1a\x1c\x0a\x04\x0a\x02t1\x12\x00\x12\x0c\x0a\x0agrpc://"
    "h:1\x1a\x04\x08\x02\x10\x03"
    "\x1a\x00"
    "\x20\x0a\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x30\x01\x3a\x01x"sv;

TEST(Messages, FlightInfo) {
  const FlightInfo info = decode_flight_info(kInfo);
  EXPECT_EQ(info.schema, "S");
  EXPECT_EQ(info.total_records, 10);
  EXPECT_EQ(info.total_bytes, -1);
  EXPECT_TRUE(info.ordered);
  EXPECT_EQ(info.app_metadata, "x");
  EXPECT_EQ(info.serialized, kInfo);
  ASSERT_EQ(info.endpoints.size(), 2u);
  EXPECT_EQ(info.endpoints[0].ticket, "t1");
  EXPECT_THAT(info.endpoints[0].locations, ElementsAre("", "grpc://h:1"));
  EXPECT_EQ(info.endpoints[0].expiration_ns, 2'000'000'003);
  EXPECT_EQ(info.endpoints[1].ticket, "");
  EXPECT_TRUE(info.endpoints[1].locations.empty());
  EXPECT_FALSE(info.endpoints[1].expiration_ns);
}

TEST(Messages, ZeroRecordsAreUnknownWhereThereAreEndpoints) {
  EXPECT_EQ(decode_flight_info("\x1a\x00"sv).total_records, -1);
  EXPECT_EQ(decode_flight_info("").total_records, 0);
}

TEST(Messages, FieldsOfAnotherWireTypeAreSkipped) {
  // The schema as a varint, total_records as bytes, an endpoint as fixed64.
  const FlightInfo info =
      decode_flight_info("\x08\x05\x22\x01z\x19\x01\x02\x03\x04\x05\x06\x07\x08"sv);
  EXPECT_EQ(info.schema, "");
  EXPECT_EQ(info.total_records, 0);
  EXPECT_TRUE(info.endpoints.empty());
}

TEST(Messages, BrokenInnerMessagesAreErrors) {
  EXPECT_THROW(static_cast<void>(decode_flight_info("\x1a\x02\x0a\x05"sv)), Error);
}

TEST(Messages, ExpirationsBeyondNanosecondsAreTheLastMoment) {
  ProtoWriter timestamp;
  timestamp.add_int64(1, INT64_MAX);
  ProtoWriter endpoint;
  endpoint.add_message(3, timestamp);
  EXPECT_EQ(decode_endpoint(endpoint.str()).expiration_ns, INT64_MAX);
}

TEST(Messages, EndpointsRoundTrip) {
  FlightEndpoint endpoint;
  endpoint.ticket = "t";
  endpoint.locations = {"grpc://a:1", ""};
  endpoint.expiration_ns = -1;
  endpoint.app_metadata = "m";
  const FlightEndpoint back = decode_endpoint(encode_endpoint(endpoint));
  EXPECT_EQ(back.ticket, "t");
  EXPECT_EQ(back.locations, endpoint.locations);
  EXPECT_EQ(back.expiration_ns, -1);
  EXPECT_EQ(back.app_metadata, "m");
}

TEST(Messages, UnknownFieldsOfAnEndpointSurviveRenewal) {
  const std::string sent = "\x0a\x03\x0a\x01t\x7a\x01?";
  const std::string renew = encode_renew_endpoint(decode_endpoint(sent));
  EXPECT_EQ(renew, "\x0a" + std::string(1, static_cast<char>(sent.size())) + sent);
}

TEST(Messages, PollInfo) {
  const PollInfo poll =
      decode_poll_info("\x0a\x03\x0a\x01S\x12\x02\x08\x02\x19\0\0\0\0\0\0\xe0\x3f"sv);
  ASSERT_TRUE(poll.info);
  EXPECT_EQ(poll.info->schema, "S");
  EXPECT_EQ(poll.descriptor, "\x08\x02");
  EXPECT_EQ(poll.progress, 0.5);
  EXPECT_FALSE(decode_poll_info("").info);
}

TEST(Messages, FlightDataHead) {
  const auto head = decode_flight_data_head("\x1a\x01m\x12\x02hh\x0a\x00"sv);
  EXPECT_EQ(head.header, "hh");
  EXPECT_EQ(head.app_metadata, "m");
}

TEST(Messages, SmallAnswers) {
  EXPECT_EQ(decode_result("\x0a\x01r"sv).body, "r");
  EXPECT_EQ(decode_put_result("\x0a\x01p"sv), "p");
  EXPECT_EQ(decode_schema_result("\x0a\x01s"sv), "s");
  EXPECT_EQ(decode_handshake_response("\x08\x01\x12\x01k"sv), "k");
  EXPECT_EQ(decode_action_type("\x0a\x01n\x12\x01"
                               "d"sv),
            (std::pair<std::string, std::string>("n", "d")));
  EXPECT_EQ(decode_cancel_result("\x08\x01"sv), CancelStatus::kCancelled);
  EXPECT_EQ(decode_cancel_result("\x08\x63"sv), CancelStatus::kUnspecified);
}

}  // namespace
}  // namespace fletching
