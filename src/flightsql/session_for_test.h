// SPDX-License-Identifier: Apache-2.0
// A session whose Flight SQL server is a table of functions.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "flight/fake_network.h"
#include "flight/flight_client.h"
#include "flight/wire.h"
#include "flightsql/session.h"

namespace fletching {

// One call as the server sees it.
struct Seen {
  std::string name;  // of the command or the action, or the RPC's own
  std::string body;  // the command's message, or the action's whole body
  std::string cookie;
  std::vector<std::string> messages;  // as sent

  // The message inside of the body's Any.
  [[nodiscard]] std::string inner() const {
    const auto any = unpack_any(body);
    return any ? std::string(any->value) : "";
  }
};

// A bytes field of a message; the last one.
[[nodiscard]] inline std::string bytes_field(std::string_view message,
                                             uint32_t number) {
  std::string out;
  ProtoReader reader(message, "test");
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(number)) out = field->as_string();
  }
  return out;
}

[[nodiscard]] inline int64_t number_field(std::string_view message, uint32_t number) {
  int64_t out = 0;
  ProtoReader reader(message, "test");
  while (const auto field = reader.next()) {
    if (field->key == proto_varint(number)) out = field->as_int64();
  }
  return out;
}

[[nodiscard]] inline FakeReply answer_of(std::vector<std::string> messages) {
  FakeReply reply;
  for (const auto& one : messages) reply.messages.push_back(fake_message(one));
  return reply;
}
[[nodiscard]] inline FakeReply failure_of(Error error) {
  FakeReply reply;
  reply.error = std::move(error);
  return reply;
}
// Result and PutResult have one bytes field.
[[nodiscard]] inline std::string result_of(std::string_view body) {
  return ProtoWriter().add_bytes(1, body).str();
}
[[nodiscard]] inline std::string any_result(const std::string& name,
                                            const ProtoWriter& message) {
  return result_of(pack_any("arrow.flight.protocol.sql." + name, message.str()));
}
[[nodiscard]] inline std::string count_result(int64_t count) {
  return result_of(ProtoWriter().add_int64(1, count).str());
}

[[nodiscard]] inline std::string info_of(std::vector<std::string> tickets,
                                         int64_t rows = -1) {
  ProtoWriter info;
  for (const auto& ticket : tickets) {
    info.add_message(3, ProtoWriter().add_bytes(1, encode_ticket(ticket)));
  }
  info.add_int64(4, rows).add_int64(5, -1);
  return info.str();
}

[[nodiscard]] inline UniqueSchema schema_of_ints(const char* name = "n") {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema.get(), 1));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_INT64));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(schema->children[0], name));
  return schema;
}

[[nodiscard]] inline UniqueArray ints(int64_t first, int64_t count) {
  const UniqueSchema schema = schema_of_ints();
  UniqueArray rows;
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(rows.get(), schema.get(), nullptr));
  NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(rows.get()));
  for (int64_t i = 0; i < count; ++i) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(rows->children[0], first + i));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(rows.get()));
  }
  NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(rows.get(), nullptr));
  return rows;
}

// Given batches as a stream.
class GivenRows : public ResultStream {
 public:
  GivenRows(UniqueSchema schema, std::vector<UniqueArray> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  explicit GivenRows(UniqueArray batch) : schema_(schema_of_ints()) {
    batches_.push_back(std::move(batch));
  }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }
  Next next(Batch& out, const Wait& wait, Deadline) override {
    wait.check("given rows");
    if (at_ == batches_.size()) return Next::kEnd;
    out.rows = std::move(batches_[at_++]);
    return Next::kBatch;
  }
  void cancel() noexcept override {}

 private:
  UniqueSchema schema_;
  std::vector<UniqueArray> batches_;
  size_t at_ = 0;
};

// What a DoPut brought, decoded.
struct PutRows {
  UniqueSchema schema;
  std::vector<UniqueArray> batches;
  int dictionaries = 0;

  [[nodiscard]] std::vector<int64_t> lengths() const {
    std::vector<int64_t> out;
    for (const auto& batch : batches) out.push_back(batch->length);
    return out;
  }
};

[[nodiscard]] inline Body body_of(std::string_view bytes) {
  Body out = Body::allocate(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data());
  return out;
}

[[nodiscard]] inline PutRows rows_of(const Seen& put) {
  PutRows out;
  IpcReader reader;
  for (const auto& message : put.messages) {
    const std::string header = bytes_field(message, 2);
    if (header.empty()) continue;
    const auto kind =
        reader.read(as_octets(header), body_of(bytes_field(message, kDataBodyField)));
    if (kind == IpcMessage::kBatch) out.batches.push_back(reader.take_batch());
    if (kind == IpcMessage::kDictionary) ++out.dictionaries;
  }
  if (reader.has_schema()) {
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&reader.schema(), out.schema.get()));
  }
  return out;
}

// The answer of a DoGet.
[[nodiscard]] inline FakeReply data_of(const ArrowSchema& schema,
                                       const std::vector<const ArrowArray*>& batches) {
  FakeReply reply;
  IpcWriter writer(schema);
  const auto add = [&](const IpcEncoded& message) {
    std::string body;
    for (const auto part : message.body) body += as_text(part);
    reply.messages.push_back(
        fake_message(encode_flight_data("", as_text(message.header), "", 0), body));
  };
  add(writer.schema());
  for (const ArrowArray* batch : batches) {
    for (const IpcEncoded& message : writer.batch(*batch)) add(message);
  }
  return reply;
}

class KeepingNetwork : public FakeNetwork {
 public:
  std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                   const Wait& wait) override {
    last = FakeNetwork::connect(options, wait);
    return last;
  }
  std::shared_ptr<Channel> last;
};

class SessionTest : public testing::Test {
 protected:
  using Serve = std::function<FakeReply(const Seen&)>;

  SessionTest() {
    options_.channel.host = "db";
    options_.channel.port = 1;
    // What the process remembers of a server is not the next test's.
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    options_.headers = {
        {"test", std::string(test->test_suite_name()) + "." + test->name()}};
    network_->servers["db:1"] = [this](const FakeRequest& r) { return serve(r); };
    on("CommandStatementQuery",
       [](const Seen&) { return answer_of({info_of({"t"})}); });
    on("CommandPreparedStatementQuery", [](const Seen& seen) {
      return seen.messages.size() > 1 ? FakeReply() : answer_of({info_of({"t"})});
    });
    on("DoGet", [](const Seen&) {
      const UniqueArray rows = ints(1, 3);
      return data_of(*schema_of_ints().get(), {rows.get()});
    });
    on("BeginTransaction", [](const Seen&) {
      return answer_of({any_result("ActionBeginTransactionResult",
                                   ProtoWriter().add_bytes(1, "tx1"))});
    });
    on("EndTransaction", [](const Seen&) { return FakeReply(); });
  }

  std::unique_ptr<Session> open() {
    return make_session(connect_flight(options_, network_, Wait{}));
  }

  void on(const std::string& name, Serve serve) { table_[name] = std::move(serve); }
  void fails(const std::string& name, Error error) {
    on(name, [error](const Seen&) { return failure_of(error); });
  }

  // The names of all calls so far.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Seen& seen : seen_) out.push_back(seen.name);
    return out;
  }
  [[nodiscard]] const Seen& last(const std::string& name) const {
    for (auto it = seen_.rbegin(); it != seen_.rend(); ++it) {
      if (it->name == name) return *it;
    }
    throw std::runtime_error("no call of " + name);
  }

  static int64_t drain(ResultStream& stream) {
    int64_t rows = 0;
    for (Batch batch; stream.next(batch, Wait{}) == Next::kBatch; batch = Batch()) {
      rows += batch.rows->length;
    }
    return rows;
  }

  FlightOptions options_;
  std::shared_ptr<KeepingNetwork> network_ = std::make_shared<KeepingNetwork>();
  std::vector<Seen> seen_;

 private:
  static Seen understand(const FakeRequest& request) {
    Seen seen{request.method, "", request.header("cookie"), request.messages};
    if (request.messages.empty()) return seen;
    const std::string& first = request.messages.front();
    if (request.method == "DoAction") {
      seen.name = bytes_field(first, 1);
      seen.body = bytes_field(first, 2);
    } else if (request.method == "GetFlightInfo" || request.method == "DoPut" ||
               request.method == "PollFlightInfo") {
      const std::string command =
          bytes_field(request.method == "DoPut" ? bytes_field(first, 1) : first, 2);
      seen.body = command;
      if (const auto any = unpack_any(command); any && request.method[0] != 'P') {
        seen.name = any->type_url.substr(any->type_url.rfind('.') + 1);
      }
    }
    return seen;
  }

  FakeReply serve(const FakeRequest& request) {
    seen_.push_back(understand(request));
    const auto found = table_.find(seen_.back().name);
    if (found == table_.end()) {
      return failure_of(fake_status(12, "no " + seen_.back().name));
    }
    const Seen seen = seen_.back();
    return found->second(seen);
  }

  std::map<std::string, Serve> table_;
};

// What a call throws.
template <class Call>
[[nodiscard]] Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::kOk, "nothing was thrown");
}

}  // namespace fletching
