// SPDX-License-Identifier: Apache-2.0
// Confluent's API as its own description has it, and what servers should not do.
#include "flink/confluent.h"

#include <gtest/gtest.h>

#include <deque>

#include "flink/query.h"
#include "flink/statement_json.h"
#include "flink/statement_stream.h"
#include "transport/http_server_for_test.h"

namespace fletching::flink {
namespace {

using namespace std::chrono_literals;
using Server = HttpServerForTest;
using Reply = Server::Reply;

Wait within(std::chrono::nanoseconds span) { return {Deadline::after(span)}; }

constexpr const char* kTraits =
    R"("traits":{"sql_kind":"SELECT","is_bounded":true,"is_append_only":true,)"
    R"("upsert_columns":null,"schema":{"columns":[{"name":"n","type":)"
    R"({"type":"INTEGER","nullable":true}}]}})";
constexpr const char* kBase = "/sql/v1/organizations/o-1/environments/env-1/statements";

std::string statement(const std::string& name, const std::string& phase,
                      const std::string& more = "\"traits\":null") {
  return R"({"name":")" + name +
         R"(","metadata":{"uid":"u"},"spec":{"properties":{"sql.snapshot.mode":"now"}},)"
         R"("status":{"phase":")" +
         phase + R"(","detail":"",)" + more + "}}";
}

std::string rows(const std::string& data, const std::string& next = "") {
  return R"({"metadata":{"next":")" + next + R"("},"results":{"data":[)" + data + "]}}";
}

class FakeConfluent {
 public:
  FakeConfluent() : server_([this](const Server::Request& r) { return answer(r); }) {}

  void on(const std::string& what, Reply reply) {
    const std::lock_guard lock(mutex_);
    answers_[what] = {std::move(reply)};
  }
  void then(const std::string& what, Reply reply) {
    const std::lock_guard lock(mutex_);
    answers_[what].push_back(std::move(reply));
  }
  [[nodiscard]] std::shared_ptr<Statements> open() const {
    Options options;
    options.server = ServerKind::kConfluent;
    options.channel.host = "127.0.0.1";
    options.channel.port = server_.port();
    options.channel.proxy = "";
    options.organization = "o-1";
    options.environment = "env-1";
    options.compute_pool = "lfcp-1";
    options.database = "db";
    options.user = "KEY";
    options.password = "SECRET";
    return Statements::open(options, within(20s));
  }
  std::vector<Server::Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  // By method and what follows the statements' path.
  Reply answer(const Server::Request& r) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(r);
    std::string target = r.target;
    EXPECT_TRUE(target.starts_with(kBase)) << target;
    target.erase(0, std::string(kBase).size());
    const auto found = answers_.find(r.method + " " + target);
    if (found == answers_.end()) {
      return {Server::answer(404, R"({"errors":[{"detail":"no such thing"}]})")};
    }
    auto& list = found->second;
    Reply reply = list.front();
    if (list.size() > 1) list.pop_front();
    return reply;
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<Reply>> answers_;
  std::vector<Server::Request> seen_;
  Server server_;  // ends first
};

Reply ok(const std::string& body, int status = 200) {
  return {Server::answer(status, body)};
}

Error error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return Error(Code::kOk, "");
}

std::vector<int64_t> numbers(ResultStream& stream) {
  std::vector<int64_t> out;
  for (Batch batch; stream.next(batch, within(20s)) == Next::kBatch; batch = Batch()) {
    const auto* values =
        static_cast<const int32_t*>(batch.rows->children[0]->buffers[1]);
    out.insert(out.end(), values, values + batch.rows->length);
  }
  return out;
}

std::unique_ptr<ResultStream> run(const std::shared_ptr<Statements>& statements,
                                  const StatementOptions& options = {}) {
  const auto query = make_query(statements, "SELECT n FROM t");
  query->set_flink_options(options);
  return query->execute(within(20s));
}

TEST(Confluent, AStatementIsSubmittedReadAndDeleted) {
  FakeConfluent server;
  server.on("POST ", ok(statement("st-x", "PENDING"), 201));
  server.on("GET /st-x", ok(statement("st-x", "PENDING", "\"a\":1")));
  server.then("GET /st-x", ok(statement("st-x", "RUNNING", kTraits)));
  server.on("GET /st-x/results",
            ok(rows(R"({"row":["1"]},{"op":0,"row":["2"]})",
                    "https://public.example/other/path?page_token=t%3D1")));
  server.on("GET /st-x/results?page_token=t%3D1", ok(rows(R"({"row":["3"]})")));
  server.on("DELETE /st-x", ok("", 202));
  const auto statements = server.open();
  EXPECT_EQ(numbers(*run(statements, {.labels = {"daily"}})),
            (std::vector<int64_t>{1, 2, 3}));
  statements->close(within(10s));
  auto seen = server.seen();
  EXPECT_EQ(seen[0].headers["authorization"], "Basic S0VZOlNFQ1JFVA==");
  const std::string& body = seen[0].body;
  EXPECT_NE(body.find(R"("organization_id":"o-1","environment_id":"env-1")"),
            std::string::npos);
  EXPECT_NE(body.find(R"("properties":{"sql.current-catalog":"env-1",)"
                      R"("sql.current-database":"db","sql.snapshot.mode":"now"},)"
                      R"("stopped":false,"compute_pool_id":"lfcp-1")"),
            std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("labels":{"user.confluent.io/daily":"true"})"),
            std::string::npos);
  EXPECT_EQ(seen.back().method, "DELETE");
}

TEST(Confluent, AFailedStatementThrowsItsDetailAndIsDeleted) {
  FakeConfluent server;
  std::string failed = statement("f", "FAILED");
  failed.replace(failed.find("\"detail\":\"\""), 11,
                 R"("detail":"SQL validation failed. no t")");
  server.on("POST ", ok(failed, 201));
  server.on("DELETE /f", ok("", 202));
  const auto statements = server.open();
  const Error e = error_of([&] { (void)run(statements); });
  EXPECT_EQ(e.code(), Code::kInvalidArgument);
  EXPECT_NE(e.message().find("no t"), std::string::npos);
  statements->close(within(10s));
  EXPECT_EQ(server.seen().back().method, "DELETE");
}

// The name makes the second request harmless.
TEST(Confluent, ALostAnswerToASubmissionIsAskedForAgain) {
  FakeConfluent server;
  server.on("POST ", Reply{"", true});
  server.then("POST ", ok(R"({"errors":[{"detail":"name taken"}]})", 409));
  server.on("GET /mine", ok(statement("mine", "RUNNING", kTraits)));
  const auto statements = server.open();
  const auto submitted =
      statements->submit("SELECT n FROM t", {.name = "mine"}, within(10s));
  EXPECT_EQ(submitted.phase, Phase::kRunning);
  // A name that was taken before is an error.
  server.on("POST ", ok(R"({"errors":[{"detail":"name taken"}]})", 409));
  EXPECT_EQ(error_of([&] {
              (void)statements->submit("SELECT 1", {.name = "mine"}, within(10s));
            }).code(),
            Code::kAlreadyExists);
}

TEST(Confluent, TooManyRequestsNamePrivateNetworking) {
  FakeConfluent server;
  server.on("POST ", ok(R"({"errors":[{"detail":"slow down"}]})", 429));
  const Error e = error_of([&] { (void)run(server.open()); });
  EXPECT_NE(e.message().find("endpoint="), std::string::npos) << e.message();
  EXPECT_EQ(server.seen().size(), 1u);
}

TEST(Confluent, NamesStayWithinTheirPath) {
  FakeConfluent server;
  const auto statements = server.open();
  EXPECT_EQ(error_of([&] { (void)statements->status("a/b?x", within(5s)); }).code(),
            Code::kNotFound);
  EXPECT_EQ(server.seen().back().target, std::string(kBase) + "/a%2Fb%3Fx");
  EXPECT_EQ(error_of([&] { (void)statements->status("..", within(5s)); }).code(),
            Code::kInvalidArgument);
}

TEST(Confluent, ListsFollowPagesButNoCircles) {
  FakeConfluent server;
  const auto list = [](const std::string& items, const std::string& next) {
    return ok(R"({"data":[)" + items + R"(],"metadata":{"next":")" + next + "\"}}");
  };
  server.on("GET ?page_size=2&label_selector=user.confluent.io%2Fx%3Dtrue",
            list(statement("a", "RUNNING") + "," + statement("b", "NEW_WORD"),
                 "https://h/p?page_token=2"));
  server.on("GET ?page_token=2", list(statement("c", "FAILING"), ""));
  const auto statements = server.open();
  const auto found = statements->list({.label = "x", .page_size = 2}, within(10s));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1].phase, Phase::kUnknown);
  EXPECT_EQ(found[1].phase_text, "NEW_WORD");
  EXPECT_EQ(found[2].phase, Phase::kFailing);
  server.on("GET ?page_token=2", list("", "https://h/p?page_token=2"));
  EXPECT_EQ(error_of([&] {
              (void)statements->list({.label = "x", .page_size = 2}, within(10s));
            }).code(),
            Code::kInvalidData);
}

TEST(Confluent, ResultsThatAreGoneSaySo) {
  FakeConfluent server;
  server.on("POST ", ok(statement("g", "RUNNING", kTraits), 201));
  const auto statements = server.open();
  for (const char* body : {"null", R"({"error":{"code":404}})", "{}"}) {
    server.on("GET /g/results", ok(body));
    const auto stream = run(statements);
    EXPECT_EQ(error_of([&] { (void)numbers(*stream); }).code(), Code::kNotFound)
        << body;
  }
  server.on("GET /g/results", ok(R"({"errors":[{"detail":"gone"}]})", 404));
  const auto stream = run(statements);
  EXPECT_EQ(error_of([&] { (void)numbers(*stream); }).code(), Code::kNotFound);
}

TEST(Confluent, StoppingWaitsForTheEnd) {
  FakeConfluent server;
  server.on("PATCH /s", ok(statement("s", "STOPPING")));
  server.on("GET /s", ok(statement("s", "STOPPING")));
  server.then("GET /s", ok(statement("s", "STOPPED")));
  const auto statements = server.open();
  statements->stop("s", within(20s));
  const auto seen = server.seen();
  EXPECT_EQ(seen[0].body, R"([{"op":"replace","path":"/spec/stopped","value":true}])");
  EXPECT_EQ(seen.size(), 3u);
}

TEST(Confluent, ResumingChangesTheStatementAsItIs) {
  FakeConfluent server;
  server.on("GET /s", ok(R"({"name":"s","metadata":{"resource_version":"3"},"spec":)"
                         R"({"statement":"SELECT 1","stopped":true,"principal":"p"},)"
                         R"("status":{"phase":"STOPPED"}})"));
  server.on("PUT /s", ok("", 202));
  const auto statements = server.open();
  static_cast<void>(statements->update("s", false, std::nullopt, "q", within(10s)));
  const std::string body = server.seen()[1].body;
  EXPECT_NE(
      body.find(R"("spec":{"statement":"SELECT 1","stopped":false,"principal":"q"})"),
      std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("resource_version":"3")"), std::string::npos);
}

TEST(Confluent, ReadinessFollowsPhasesAndTraits) {
  const auto of = [](const std::string& phase, const std::string& traits, Mode mode) {
    return readiness(read_statement(statement("s", phase, traits), "x"), mode);
  };
  const std::string changes = R"("traits":{"sql_kind":"SELECT","is_bounded":true,)"
                              R"("is_append_only":false,"schema":{"columns":[{}]}})";
  const std::string insert = R"("traits":{"sql_kind":"INSERT_INTO","is_bounded":false,)"
                             R"("is_append_only":true,"schema":null})";
  const std::string create = R"("traits":{"sql_kind":"CREATE_TABLE","is_bounded":true,)"
                             R"("is_append_only":true,"schema":null})";
  EXPECT_EQ(of("RUNNING", kTraits, Mode::kBatch), Readiness::kReady);
  EXPECT_EQ(of("RUNNING", changes, Mode::kBatch), Readiness::kWait);
  EXPECT_EQ(of("RUNNING", changes, Mode::kStreaming), Readiness::kReady);
  EXPECT_EQ(of("COMPLETED", changes, Mode::kBatch), Readiness::kReady);
  EXPECT_EQ(of("RUNNING", insert, Mode::kStreaming), Readiness::kReady);
  EXPECT_EQ(of("RUNNING", insert, Mode::kBatch), Readiness::kWait);
  EXPECT_EQ(of("RUNNING", create, Mode::kStreaming), Readiness::kWait);
  EXPECT_EQ(of("RUNNING", "\"traits\":null", Mode::kBatch), Readiness::kWait);
  EXPECT_EQ(of("FAILING", kTraits, Mode::kBatch), Readiness::kWait);
  EXPECT_EQ(of("DEGRADED", kTraits, Mode::kBatch), Readiness::kFailed);
}

}  // namespace
}  // namespace fletching::flink
