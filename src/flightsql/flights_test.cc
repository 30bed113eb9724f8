// SPDX-License-Identifier: Apache-2.0
#include "flightsql/flights.h"

#include "backend/flights.h"
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;

class FlightsTest : public SessionTest {
 protected:
  // The values of a header in all calls so far, "-" where it is not sent.
  [[nodiscard]] std::vector<std::string> sent(const std::string& name) const {
    std::vector<std::string> out;
    for (const FakeRequest& request : network_->requests) {
      std::string values;
      for (const auto& [key, value] : request.headers) {
        if (key == name) values += (values.empty() ? "" : ",") + value;
      }
      out.push_back(values.empty() ? "-" : values);
    }
    return out;
  }
};

TEST_F(FlightsTest, InfoIsTheMessageAsTheServerSentIt) {
  const auto session = open();
  const auto flights = session->flights({});
  // A field that nobody knows yet comes through too.
  const std::string told = info_of({"a", "b"}, 7) + "\xa2\x06\x01x";
  on("CommandStatementQuery", [&](const Seen&) { return answer_of({told}); });
  EXPECT_EQ(flights->info("select 1", Wait{}), told);
  EXPECT_EQ(bytes_field(last("CommandStatementQuery").inner(), 1), "select 1");
}

TEST_F(FlightsTest, ATicketIsReadByItself) {
  const auto session = open();
  const auto stream = session->flights({})->read("only", {}, "", Wait{});
  EXPECT_EQ(drain(*stream), 3);
  EXPECT_THAT(names(), ElementsAre("DoGet"));
  EXPECT_EQ(last("DoGet").messages, std::vector{encode_ticket("only")});
}

TEST_F(FlightsTest, AppMetadataIsHandedOutOnceWithItsBatch) {
  on("DoGet", [](const Seen&) {
    const UniqueSchema schema = schema_of_ints();
    const UniqueArray rows = ints(1, 1);
    FakeReply reply = data_of(*schema.get(), {rows.get(), rows.get()});
    const std::string beside = encode_flight_data("", "", "first", 0);
    auto& head = reply.messages[1].head;
    head.insert(head.end(), beside.begin(), beside.end());
    return reply;
  });
  const auto session = open();
  const auto stream = session->flights({})->read("t", {}, "", Wait{});
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  EXPECT_EQ(stream->take_app_metadata(), "first");
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  EXPECT_EQ(stream->take_app_metadata(), "");
}

TEST_F(FlightsTest, HeadersOfACallReplaceThoseOfItsClientOnEveryRpc) {
  options_.headers.push_back({"database", "a"});
  const auto session = open();
  const auto flights = session->flights({{"database", "b"}});
  on("CreatePreparedStatement", [](const Seen&) {
    return answer_of({any_result("ActionCreatePreparedStatementResult",
                                 ProtoWriter().add_bytes(1, "h"))});
  });
  on("CommandStatementUpdate",
     [](const Seen&) { return answer_of({count_result(2)}); });
  static_cast<void>(flights->info("select 1", Wait{}));
  EXPECT_EQ(flights->update("delete", Wait{}), 2);
  drain(*flights->read("t", {}, "", Wait{}));
  const auto prepared = flights->prepare("select ?", Wait{});
  GivenRows rows(ints(1, 1));
  static_cast<void>(prepared->info(&rows, Wait{}));
  EXPECT_THAT(sent("database"), ElementsAre("b", "b", "b", "b", "b", "b"));
  static_cast<void>(session->flights({})->info("select 1", Wait{}));
  EXPECT_EQ(sent("database").back(), "a");
  EXPECT_EQ(network_->connects.size(), 1U);
}

TEST_F(FlightsTest, HeadersThatCannotBeSentAreRefusedAtOnce) {
  const auto session = open();
  EXPECT_EQ(error_of([&] {
              static_cast<void>(session->flights({{"a", "b\r\nauthorization: c"}}));
            }).code(),
            Code::kInvalidArgument);
  EXPECT_THAT(names(), ElementsAre());
}

TEST_F(FlightsTest, TheyOutliveNoSession) {
  auto session = open();
  const auto flights = session->flights({{"a", "b"}});
  session->close(Wait{});
  EXPECT_EQ(
      error_of([&] { static_cast<void>(flights->info("select 1", Wait{})); }).code(),
      Code::kInvalidState);
}

}  // namespace
}  // namespace fletching
