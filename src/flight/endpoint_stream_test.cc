// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "arrow/ipc_writer.h"
#include "flight/fake_network.h"
#include "flight/flight_client.h"
#include "flight/wire.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One column "n" of int64, or of another type.
UniqueSchema column_schema(ArrowType type = NANOARROW_TYPE_INT64) {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(out.get(), 1));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(out->children[0], type));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(out->children[0], "n"));
  return out;
}

UniqueArray numbers(const std::vector<int64_t>& values) {
  const UniqueSchema schema = column_schema();
  UniqueArray out;
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(out.get(), schema.get(), nullptr));
  NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(out.get()));
  for (const int64_t value : values) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(out->children[0], value));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(out.get()));
  }
  NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(out.get(), nullptr));
  return out;
}

Message to_message(const IpcEncoded& encoded, std::string_view app_metadata = "") {
  std::string body;
  for (const auto& part : encoded.body) body.append(part.begin(), part.end());
  return fake_message(encode_flight_data("", as_text(encoded.header), app_metadata, 0),
                      body);
}

FakeReply rows(const std::vector<std::vector<int64_t>>& batches) {
  const UniqueSchema schema = column_schema();
  IpcWriter writer(*schema.get());
  FakeReply reply;
  reply.messages.push_back(to_message(writer.schema()));
  for (const auto& batch : batches) {
    const UniqueArray array = numbers(batch);
    for (const auto& message : writer.batch(*array.get())) {
      reply.messages.push_back(to_message(message));
    }
  }
  return reply;
}

FakeReply failing(Error error, FakeReply reply = {}) {
  reply.error = std::move(error);
  return reply;
}

class Rows : public testing::Test {
 protected:
  Rows() {
    options_.channel.host = "db";
    options_.channel.port = 1;
    serve("db:1");
  }

  void serve(const std::string& place) {
    network_->servers[place] = [this](const FakeRequest& request) {
      if (request.method != "DoGet") {
        FakeReply reply;
        reply.messages.push_back(fake_message(""));
        return reply;
      }
      const std::string ticket = request.messages.empty() ? "" : request.messages[0];
      auto& queue = replies_[ticket.size() < 2 ? "" : ticket.substr(2)];
      if (queue.empty()) return failing(fake_status(3, "unknown ticket"));
      FakeReply reply = std::move(queue.front());
      queue.pop_front();
      return reply;
    };
  }

  FlightEndpoint& add(const std::string& ticket, FakeReply reply,
                      std::vector<std::string> locations = {}) {
    replies_[ticket].push_back(std::move(reply));
    FlightEndpoint endpoint;
    endpoint.ticket = ticket;
    endpoint.locations = std::move(locations);
    info_.endpoints.push_back(std::move(endpoint));
    return info_.endpoints.back();
  }

  std::unique_ptr<FlightStream> open() {
    client_ = connect_flight(options_, network_, Wait{});
    return client_->read(info_, Wait{});
  }

  // All values to the end; `error` gets what ended them instead.
  static std::vector<int64_t> drain(FlightStream& stream,
                                    std::string* error = nullptr) {
    std::vector<int64_t> out;
    try {
      Batch batch;
      while (stream.next(batch, Wait{}, Deadline::never()) == Next::kBatch) {
        const auto* values =
            static_cast<const int64_t*>(batch.rows->children[0]->buffers[1]);
        out.insert(out.end(), values, values + batch.rows->length);
      }
    } catch (const Error& e) {
      if (error == nullptr) throw;
      *error = e.message();
    }
    return out;
  }

  std::vector<std::string> hosts() const {
    std::vector<std::string> out;
    for (const auto& request : network_->requests) out.push_back(request.host);
    return out;
  }

  FlightOptions options_;
  FlightInfo info_;
  std::shared_ptr<FakeNetwork> network_ = std::make_shared<FakeNetwork>();
  std::map<std::string, std::deque<FakeReply>> replies_;
  std::shared_ptr<FlightClient> client_;
};

TEST_F(Rows, OfOneEndpoint) {
  add("a", rows({{1, 2}, {}, {3}}));
  auto stream = open();
  EXPECT_STREQ(stream->schema(Wait{}).children[0]->name, "n");
  EXPECT_THAT(drain(*stream), ElementsAre(1, 2, 3));
  Batch batch;
  EXPECT_EQ(stream->next(batch, Wait{}, Deadline::never()), Next::kEnd) << "stays so";
  EXPECT_EQ(stream->progress().rows, 3);
  EXPECT_GT(stream->progress().bytes, 0);
  EXPECT_EQ(network_->requests[0].options.split_field, 1000u);
}

TEST_F(Rows, OfNoEndpointAreNone) {
  auto stream = open();
  EXPECT_EQ(stream->schema(Wait{}).n_children, 0);
  EXPECT_THAT(drain(*stream), IsEmpty());
}

TEST_F(Rows, OfNoEndpointHaveTheSchemaOfTheInfo) {
  const auto bytes = encode_schema(*column_schema().get());
  info_.schema.assign(bytes.begin(), bytes.end());
  auto stream = open();
  EXPECT_EQ(stream->schema(Wait{}).n_children, 1);
  EXPECT_THAT(drain(*stream), IsEmpty());
}

TEST_F(Rows, OfManyEndpointsComeInTheirOrderAFewAtATime) {
  options_.endpoint_concurrency = 4;
  std::vector<int64_t> want;
  for (int64_t i = 0; i < 300; ++i) {
    FakeReply reply = rows({{i * 2}, {i * 2 + 1}});
    reply.not_ready = i % 3 == 0 ? 5 : 0;
    add("t" + std::to_string(i), std::move(reply));
    want.insert(want.end(), {i * 2, i * 2 + 1});
  }
  auto stream = open();
  EXPECT_EQ(drain(*stream), want);
  EXPECT_EQ(network_->most_open_calls, 4);
  EXPECT_EQ(network_->requests[0].options.stream_window, 8u << 20);
  EXPECT_EQ(network_->connects.size(), 1u);
}

TEST_F(Rows, ShareTheMemoryBudget) {
  options_.memory_budget = 2 << 20;
  for (int i = 0; i < 8; ++i) add("t" + std::to_string(i), rows({{i}}));
  drain(*open());
  EXPECT_EQ(network_->requests[0].options.stream_window, 256u << 10);
}

TEST_F(Rows, BeforeAFailingEndpointAreHandedOut) {
  add("a", rows({{1}}));
  add("b", failing(fake_status(13, "disk"), rows({{2}})));
  add("c", rows({{3}}));
  auto stream = open();
  std::string error;
  EXPECT_THAT(drain(*stream, &error), ElementsAre(1, 2));
  EXPECT_THAT(error, HasSubstr("endpoint 2 of 3"));
  EXPECT_THAT(error, HasSubstr("disk"));
  error.clear();
  EXPECT_THAT(drain(*stream, &error), IsEmpty());
  EXPECT_THAT(error, HasSubstr("disk")) << "it stays failed";
}

TEST_F(Rows, OfAnotherSchemaAreRefused) {
  add("a", rows({{1}}));
  const UniqueSchema other = column_schema(NANOARROW_TYPE_STRING);
  FakeReply reply;
  reply.messages.push_back(to_message(IpcWriter(*other.get()).schema()));
  add("b", std::move(reply));
  auto stream = open();
  std::string error;
  EXPECT_THAT(drain(*stream, &error), ElementsAre(1));
  EXPECT_THAT(error, HasSubstr("column 'n'"));
}

TEST_F(Rows, WithASecondSchemaAreRefused) {
  FakeReply reply = rows({{1}});
  reply.messages.push_back(to_message(IpcWriter(*column_schema().get()).schema()));
  add("a", std::move(reply));
  auto stream = open();
  EXPECT_THROW(drain(*stream), Error);
}

TEST_F(Rows, FewerOrMoreThanAnnouncedAreAnErrorAtTheEnd) {
  for (const int64_t total : {1, 3}) {
    info_.endpoints.clear();
    add("a", rows({{1, 2}}));
    info_.total_records = total;
    auto stream = open();
    std::string error;
    EXPECT_THAT(drain(*stream, &error), ElementsAre(1, 2));
    EXPECT_THAT(error,
                HasSubstr("announced " + std::to_string(total) + " rows and sent 2"));
  }
  options_.check_total_records = false;
  info_.endpoints.clear();
  add("a", rows({{1, 2}}));
  EXPECT_THAT(drain(*open()), ElementsAre(1, 2));
}

TEST_F(Rows, WithoutAnySchemaAreAnError) {
  add("a", FakeReply{});
  auto stream = open();
  EXPECT_THROW(stream->schema(Wait{}), Error);
}

TEST_F(Rows, MetadataAloneIsLegalAndKept) {
  FakeReply reply = rows({{1}});
  reply.messages.insert(reply.messages.begin(),
                        fake_message(encode_flight_data("", "", "first", 0)));
  reply.messages.push_back(fake_message(encode_flight_data("", "", "last", 0)));
  add("a", std::move(reply));
  auto stream = open();
  stream->schema(Wait{});
  EXPECT_EQ(stream->take_app_metadata(), "first");
  EXPECT_THAT(drain(*stream), ElementsAre(1));
  EXPECT_EQ(stream->take_app_metadata(), "last");
}

TEST_F(Rows, OfGarbageAreAnError) {
  FakeReply reply = rows({{1}});
  reply.messages.push_back(fake_message("\x12\x7fshort"));
  add("a", std::move(reply));
  std::string error;
  auto stream = open();
  EXPECT_THAT(drain(*stream, &error), ElementsAre(1));
  EXPECT_THAT(error, HasSubstr("FlightData"));
}

TEST_F(Rows, AreReadWhereTheyAre) {
  serve("a:2");
  options_.token = "secret";
  options_.headers = {{"tenant", "x"}};
  add("a", rows({{1}}), {"grpc://a:2"});
  add("b", rows({{2}}), {"grpc://a:2"});
  add("c", rows({{3}}));
  EXPECT_THAT(drain(*open()), ElementsAre(1, 2, 3));
  EXPECT_THAT(network_->connects, ElementsAre("db:1", "a:2"));
  for (const auto& request : network_->requests) {
    const bool own = request.host == "db:1";
    EXPECT_EQ(request.header("authorization"), own ? "Bearer secret" : "");
    EXPECT_EQ(request.header("tenant"), own ? "x" : "");
  }
}

TEST_F(Rows, CredentialsFollowOverTlsOnly) {
  options_.channel.tls.enabled = true;
  options_.token = "secret";
  serve("tls:2");
  serve("plain:2");
  add("a", rows({{1}}), {"grpc+tls://tls:2"});
  add("b", rows({{2}}), {"grpc+tcp://plain:2"});
  EXPECT_THAT(drain(*open()), ElementsAre(1, 2));
  EXPECT_THAT(hosts(), ElementsAre("tls:2", "plain:2"));
  EXPECT_EQ(network_->requests[0].header("authorization"), "Bearer secret");
  EXPECT_EQ(network_->requests[1].header("authorization"), "");
}

TEST_F(Rows, ALocationCannotReplaceTheToken) {
  options_.channel.tls.enabled = true;
  options_.token = "secret";
  serve("evil:2");
  FakeReply reply = rows({{1}});
  reply.headers = {{"authorization", "Bearer stolen"}, {"set-cookie", "s=evil"}};
  add("a", std::move(reply), {"grpc+tls://evil:2"});
  add("b", rows({{2}}));
  drain(*open());
  client_->get_flight_info("x", Wait{}, false);
  EXPECT_EQ(network_->requests.back().header("authorization"), "Bearer secret");
  EXPECT_EQ(network_->requests.back().header("cookie"), "");
}

TEST_F(Rows, UnreachableLocationsFallBackAndAreTriedOnce) {
  for (int i = 0; i < 5; ++i) {
    add("t" + std::to_string(i), rows({{i}}), {"grpc://dead:9", "grpc://dead:8"});
  }
  EXPECT_THAT(drain(*open()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(network_->connects, ElementsAre("db:1", "dead:9", "dead:8"));
}

TEST_F(Rows, OnlyAdvertisedLocationsMeansThat) {
  options_.location_policy = LocationPolicy::kAdvertised;
  add("a", rows({{1}}), {"grpc://dead:9"});
  std::string error;
  auto stream = open();
  EXPECT_THAT(drain(*stream, &error), IsEmpty());
  EXPECT_THAT(error, HasSubstr("dead:9"));
}

TEST_F(Rows, TicketsAreNotSpentTwice) {
  serve("a:2");
  add("a", failing(fake_status(14, "lost")), {"grpc://a:2"});
  std::string error;
  drain(*open(), &error);
  EXPECT_THAT(error, HasSubstr("lost"));
  EXPECT_THAT(hosts(), ElementsAre("a:2"));
}

TEST_F(Rows, TicketsThatMayBeUsedAgainGoToTheNextLocation) {
  serve("a:2");
  FlightEndpoint& endpoint = add("a", failing(fake_status(14, "lost")), {"grpc://a:2"});
  endpoint.expiration_ns = INT64_MAX;
  replies_["a"].push_back(rows({{7}}));
  EXPECT_THAT(drain(*open()), ElementsAre(7));
  EXPECT_THAT(hosts(), ElementsAre("a:2", "db:1"));
}

TEST_F(Rows, TicketsThatNobodySawAreSentAgain) {
  add("a", failing(fake_status(14, "refused", {{":never-processed", ""}})));
  replies_["a"].push_back(rows({{7}}));
  EXPECT_THAT(drain(*open()), ElementsAre(7));
}

TEST_F(Rows, GoOnWhereTheConnectionWasLost) {
  FlightEndpoint& endpoint =
      add("a", failing(fake_status(14, "lost"), rows({{1, 2}, {3}})));
  endpoint.expiration_ns = INT64_MAX;
  replies_["a"].push_back(failing(fake_status(14, "lost"), rows({{1, 2}})));
  replies_["a"].push_back(rows({{1, 2}, {3}, {4}}));
  add("b", rows({{5}}));
  EXPECT_THAT(drain(*open()), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Rows, ThatComeOtherwiseDoNotGoOn) {
  for (const auto& again : {rows({{3}, {1, 2}, {4}}), rows({{1, 2}})}) {
    replies_.clear();
    info_ = FlightInfo();
    FlightEndpoint& endpoint =
        add("a", failing(fake_status(14, "lost"), rows({{1, 2}, {3}})));
    endpoint.expiration_ns = INT64_MAX;
    replies_["a"].push_back(FakeReply(again));
    std::string error;
    EXPECT_THAT(drain(*open(), &error), ElementsAre(1, 2, 3));
    EXPECT_THAT(error, HasSubstr("not what it sent"));
  }
}

TEST_F(Rows, OfATicketThatMayNotBeUsedAgainDoNotGoOn) {
  add("a", failing(fake_status(14, "lost"), rows({{1, 2}})));
  replies_["a"].push_back(rows({{1, 2}, {3}}));
  std::string error;
  EXPECT_THAT(drain(*open(), &error), ElementsAre(1, 2));
  EXPECT_THAT(error, HasSubstr("lost"));
}

TEST_F(Rows, HttpLocationsAreAskedWhenTheirTurnComes) {
  add("a", rows({{1}}));
  add("b", rows({{2}}), {"http://127.0.0.1:1/b?signature=s3cret"});
  std::string error;
  auto stream = open();
  EXPECT_THAT(drain(*stream, &error), ElementsAre(1));
  EXPECT_THAT(error, HasSubstr("http://127.0.0.1:1"));
  EXPECT_THAT(error, testing::Not(HasSubstr("s3cret")));
}

TEST_F(Rows, NapsEndWaitsWithoutHarm) {
  FakeReply first = rows({{1}});
  first.not_ready = 3;
  add("a", std::move(first));
  FakeReply second = rows({{2}});
  second.not_ready = 1'000'000;
  add("b", std::move(second));
  auto stream = open();
  Batch batch;
  int naps = 0;
  while (stream->next(batch, Wait{}, Deadline::at(Clock::now())) == Next::kNothingYet) {
    ++naps;
  }
  EXPECT_GT(naps, 0);
  EXPECT_EQ(batch.rows->length, 1);
}

TEST_F(Rows, CancelEndsThemForGood) {
  add("a", rows({{1}, {2}}));
  add("b", rows({{3}}));
  auto stream = open();
  Batch batch;
  EXPECT_EQ(stream->next(batch, Wait{}, Deadline::never()), Next::kBatch);
  stream->cancel();
  for (int i = 0; i < 2; ++i) {
    try {
      stream->next(batch, Wait{}, Deadline::never());
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kCancelled);
    }
  }
}

TEST_F(Rows, CancelEndsConnectingToALocation) {
  options_.location_connect_timeout = std::chrono::hours(1);
  for (const char* first : {"grpc://far:7", ""}) {
    info_.endpoints.clear();
    add("a", rows({{1}}), {first});
    add("b", rows({{2}}), {"grpc://far:7"});
    network_->hanging = "far:7";
    auto stream = open();
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stream->cancel();
    });
    const auto began = Clock::now();
    std::string error;
    drain(*stream, &error);
    other.join();
    EXPECT_THAT(error, HasSubstr("cancelled"));
    EXPECT_LT(Clock::now() - began, std::chrono::seconds(2));
    error.clear();
    drain(*stream, &error);
    EXPECT_THAT(error, HasSubstr("cancelled"));
  }
}

TEST_F(Rows, OfOtherPlacesMoveOnBeforeTheirTurn) {
  for (const char* place : {"b:1", "c:1"}) serve(place);
  FakeReply slow = rows({{1}, {2}});
  slow.not_ready = 3;
  add("a", std::move(slow));
  add("b", rows({{3}}), {"grpc://b:1"});
  add("c", rows({{4}}), {"grpc://c:1"});
  auto stream = open();
  EXPECT_THAT(drain(*stream), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(network_->most_driven, 2u);
}

TEST_F(Rows, LeftUnreadAreReset) {
  add("a", rows({{1}}));
  open();
  EXPECT_EQ(network_->open_calls, 0);
}

TEST_F(Rows, GetColumnMetadataFromTheInfoWhereTheDataHasNone) {
  UniqueSchema told = column_schema();
  ArrowBuffer metadata;
  NANOARROW_THROW_NOT_OK(ArrowMetadataBuilderInit(&metadata, nullptr));
  NANOARROW_THROW_NOT_OK(
      ArrowMetadataBuilderAppend(&metadata, ArrowCharView("k"), ArrowCharView("v")));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetMetadata(
      told->children[0], reinterpret_cast<const char*>(metadata.data)));
  ArrowBufferReset(&metadata);
  const auto bytes = encode_schema(*told.get());
  info_.schema.assign(bytes.begin(), bytes.end());
  add("a", rows({{1}}));
  EXPECT_NE(open()->schema(Wait{}).children[0]->metadata, nullptr);
}

}  // namespace
}  // namespace fletching
