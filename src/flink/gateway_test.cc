// SPDX-License-Identifier: Apache-2.0
// A gateway that says what a test wants, byte for byte as a real one says it.
#include "flink/gateway.h"

#include <gtest/gtest.h>

#include <deque>

#include "flink/json_write.h"
#include "flink/query.h"
#include "flink/statement_stream.h"
#include "transport/http_server_for_test.h"

namespace fletching::flink {
namespace {

using namespace std::chrono_literals;
using Server = HttpServerForTest;
using Reply = Server::Reply;

Wait within(std::chrono::nanoseconds span) { return {Deadline::after(span)}; }

constexpr const char* kInt =
    R"({"columns":[{"name":"n","logicalType":{"type":"INTEGER","nullable":true},)"
    R"("comment":null}],"rowFormat":"JSON","data":[)";

std::string page(const char* type, const std::string& data, const std::string& next) {
  std::string text = std::string(R"({"resultType":")") + type +
                     R"(","isQueryResult":true,"jobID":"j","resultKind":)"
                     R"("SUCCESS_WITH_CONTENT","results":)" +
                     kInt + data + "]}";
  if (!next.empty()) text += R"(,"nextResultUri":)" + json_string(next);
  return text + "}";
}

std::string row(int n, const char* kind = "INSERT") {
  return std::string(R"({"kind":")") + kind + R"(","fields":[)" + std::to_string(n) +
         "]}";
}

// Answers by "METHOD path without its version and session", else with 404.
class FakeGateway {
 public:
  FakeGateway() : server_([this](const Server::Request& r) { return answer(r); }) {
    on("GET /api_versions", R"({"versions":["V1","V2","V3","V4","V9"]})");
    on("POST /sessions", R"({"sessionHandle":"s1"})");
    on("POST statements", R"({"operationHandle":"o1"})");
    on("GET operations/o1/status", R"({"status":"FINISHED"})");
    on("DELETE operations/o1/close", R"({"status":"CLOSED"})");
    on("DELETE session", R"({"status":"CLOSED"})");
    on("POST configure-session", "{}");
    on("GET session", R"({"properties":{"table.local-time-zone":"UTC"}})");
  }

  // The last answer of a list stays.
  void on(const std::string& what, const std::string& body, int status = 200) {
    const std::lock_guard lock(mutex_);
    answers_[what] = {Server::answer(status, body)};
  }
  void then(const std::string& what, const std::string& body, int status = 200) {
    const std::lock_guard lock(mutex_);
    answers_[what].push_back(Server::answer(status, body));
  }

  [[nodiscard]] std::shared_ptr<Statements> open(Options options = {}) {
    options.channel.host = "127.0.0.1";
    options.channel.port = server_.port();
    options.channel.proxy = "";
    return Statements::open(options, within(20s));
  }

  // "METHOD target" of all requests.
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::string body_of(const std::string& part) {
    const std::lock_guard lock(mutex_);
    for (const auto& [target, body] : bodies_) {
      if (target.find(part) != std::string::npos) return body;
    }
    return "";
  }
  int count(const std::string& part) {
    int n = 0;
    for (const std::string& one : seen()) n += one.find(part) != std::string::npos;
    return n;
  }

 private:
  static std::string key_of(const Server::Request& r) {
    std::string target = r.target.substr(0, r.target.find("?"));
    if (target.starts_with("/v")) target.erase(0, 3);
    if (target == "/sessions" || target == "/api_versions" || target == "/info") {
      return r.method + " " + target;
    }
    target.erase(0, std::string("/sessions/s1").size());
    if (target.empty()) return r.method + " session";
    return r.method + " " + target.substr(1);
  }

  Reply answer(const Server::Request& r) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(r.method + " " + r.target);
    bodies_.emplace_back(r.target, r.body);
    const auto found = answers_.find(key_of(r));
    if (found == answers_.end()) {
      return {Server::answer(404, R"({"errors":["Not found: )" + r.target + "\"]}")};
    }
    auto& list = found->second;
    const std::string bytes = list.front();
    if (list.size() > 1) list.pop_front();
    return {bytes};
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<std::string>> answers_;
  std::vector<std::string> seen_;
  std::vector<std::pair<std::string, std::string>> bodies_;
  Server server_;  // ends first
};

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
                                  StatementOptions options = {}) {
  const auto query = make_query(statements, "SELECT n FROM t");
  query->set_flink_options(options);
  return query->execute(within(20s));
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

TEST(Gateway, OpensASessionOfTheNewestVersionInUtc) {
  FakeGateway gateway;
  Options options;
  options.catalog = "c`at";
  options.database = "db";
  options.properties = {{"parallelism.default", "2"}};
  const auto statements = gateway.open(options);
  EXPECT_EQ(
      gateway.body_of("/v4/sessions"),
      R"({"properties":{"parallelism.default":"2","table.local-time-zone":"UTC"}})");
  EXPECT_EQ(gateway.body_of("configure-session"),
            R"({"statement":"USE CATALOG `c``at`"})");
  EXPECT_EQ(gateway.count("configure-session"), 2);
  statements->close(within(10s));
  EXPECT_EQ(gateway.seen().back(), "DELETE /v4/sessions/s1");
}

TEST(Gateway, AnOldOneIsSpokenToInItsVersion) {
  FakeGateway gateway;
  gateway.on("GET /api_versions", R"({"versions":["V1"]})");
  gateway.on("GET operations/o1/result/0", page("EOS", row(1), ""));
  const auto statements = gateway.open();
  EXPECT_FALSE(statements->capabilities().row_formats);
  EXPECT_EQ(numbers(*run(statements)), std::vector<int64_t>{1});
  EXPECT_EQ(gateway.count("/v1/sessions/s1/operations/o1/result/0"), 1);
  EXPECT_EQ(gateway.count("rowFormat"), 0);
}

TEST(Gateway, SomethingElseIsNotTakenForOne) {
  FakeGateway gateway;
  gateway.on("GET /api_versions", R"({"versions":[]})");
  EXPECT_EQ(error_of([&] { (void)gateway.open(); }).code(), Code::kNotImplemented);
  gateway.on("GET /api_versions", "<html>");
  EXPECT_EQ(error_of([&] { (void)gateway.open(); }).code(), Code::kInvalidData);
  gateway.on("GET /api_versions", "<html>", 404);
  EXPECT_EQ(error_of([&] { (void)gateway.open(); }).sqlstate(), "08001");
}

TEST(Gateway, PagesAreFollowedToTheEnd) {
  FakeGateway gateway;
  gateway.on(
      "GET operations/o1/result/0",
      R"({"resultType":"NOT_READY","nextResultUri":"/v4/x/result/0?rowFormat=JSON"})");
  gateway.then("GET operations/o1/result/0", page("PAYLOAD", row(1) + "," + row(2),
                                                  "https://evil.test/v9/y/result/5?z"));
  gateway.on("GET operations/o1/result/5", page("PAYLOAD", "", "/x/result/6"));
  gateway.on("GET operations/o1/result/6", page("PAYLOAD", row(3), "/x/result/7"));
  gateway.on("GET operations/o1/result/7", page("EOS", "", ""));
  const auto statements = gateway.open();
  EXPECT_EQ(numbers(*run(statements)), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_NE(gateway.body_of("/statements").find(R"("execution.runtime-mode":"batch")"),
            std::string::npos);
  statements->settle(within(10s));
  EXPECT_EQ(gateway.seen().back(), "DELETE /v4/sessions/s1/operations/o1/close");
  EXPECT_EQ(gateway.count("evil"), 0);
}

TEST(Gateway, AFailedStatementSaysWhatTheServerSays) {
  FakeGateway gateway;
  gateway.on(
      "GET operations/o1/result/0",
      R"({"errors":["Internal server error.","<Exception on server side:\na.b.C: x)"
      R"(\n\tat a\nCaused by: a.b.ValidationException: SQL validation failed. no t)"
      R"(\n\tat b\n\nEnd of exception on server side>"]})",
      500);
  const auto statements = gateway.open();
  const Error e = error_of([&] { (void)run(statements); });
  EXPECT_EQ(e.code(), Code::kInvalidArgument);
  EXPECT_NE(e.message().find("ValidationException: SQL validation failed. no t"),
            std::string::npos)
      << e.message();
  statements->settle(within(10s));
  EXPECT_EQ(gateway.count("DELETE /v4/sessions/s1/operations/o1/close"), 1);
}

TEST(Gateway, APageThatJsonCannotCarryIsAskedForAsText) {
  FakeGateway gateway;
  gateway.on("GET operations/o1/result/0", page("PAYLOAD", row(1), "/x/result/1"));
  gateway.on("GET operations/o1/result/1",
             R"({"errors":["Could not map response to JSON."]})", 500);
  std::string text = page("EOS", R"({"kind":"INSERT","fields":["2"]})", "");
  text.replace(text.find("\"rowFormat\":\"JSON\""), 18, "\"rowFormat\":\"PLAIN_TEXT\"");
  gateway.then("GET operations/o1/result/1", text);
  EXPECT_EQ(numbers(*run(gateway.open())), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(gateway.count("result/1?rowFormat=PLAIN_TEXT"), 1);
}

// Closing it while it is submitted could leave its job behind.
TEST(Gateway, AStatementIsClosedOnlyOnceItIsSubmitted) {
  FakeGateway gateway;
  gateway.on("GET operations/o1/status", R"({"status":"RUNNING"})");
  for (int i = 0; i < 3; ++i) {
    gateway.then("GET operations/o1/status", R"({"status":"RUNNING"})");
  }
  gateway.then("GET operations/o1/status", R"({"status":"FINISHED"})");
  const auto statements = gateway.open();
  const auto statement = statements->submit("SELECT 1", {}, within(10s));
  statements->remove_later(statement.name);
  statements->close(within(20s));
  const auto seen = gateway.seen();
  ASSERT_GE(seen.size(), 7u);
  EXPECT_EQ(seen[seen.size() - 1], "DELETE /v4/sessions/s1");
  EXPECT_EQ(seen[seen.size() - 2], "DELETE /v4/sessions/s1/operations/o1/close");
  EXPECT_EQ(seen[seen.size() - 3], "GET /v4/sessions/s1/operations/o1/status");
  EXPECT_EQ(gateway.count("/status"), 5);
}

// Its job may not have opened its sink yet, which would take the TaskManager with it.
TEST(Gateway, AJobWithoutRowsIsGivenTimeBeforeItIsStopped) {
  FakeGateway gateway;
  gateway.on("GET operations/o1/result/0", page("PAYLOAD", "", "/x/result/1"));
  const auto statements = gateway.open();
  const auto statement = statements->submit("SELECT n FROM t", {}, within(10s));
  (void)statements->fetch(statement.name, "", RowFormat::kAuto, within(10s));
  const auto began = Clock::now();
  statements->stop(statement.name, within(20s));
  EXPECT_GE(Clock::now() - began, 1s);
}

// The answer to a submission names what to stop: it is heard, and acted upon.
TEST(Gateway, ACancelWhileSubmittingLeavesNothingBehind) {
  FakeGateway gateway;
  const auto statements = gateway.open();
  CancelToken cancel;
  cancel.cancel();
  Wait wait = within(10s);
  wait.cancel = &cancel;
  EXPECT_EQ(error_of([&] { (void)statements->submit("SELECT 1", {}, wait); }).code(),
            Code::kCancelled);
  statements->settle(within(20s));
  EXPECT_EQ(gateway.count("DELETE /v4/sessions/s1/operations/o1/close"), 1);
}

TEST(Gateway, ASessionThatExpiredIsOpenedAgainAndSetUp) {
  FakeGateway gateway;
  const auto statements = gateway.open();
  statements->configure("SET 'a' = 'b'", within(10s));
  gateway.on(
      "POST statements",
      R"({"errors":["Internal server error.","<Exception on server side:\nx.Y: )"
      R"(Session 's1' does not exist.\n\tat a\nEnd of exception on server side>"]})",
      500);
  gateway.then("POST statements", R"({"operationHandle":"o1"})");
  gateway.on("GET operations/o1/result/0", page("EOS", row(4), ""));
  EXPECT_EQ(numbers(*run(statements)), std::vector<int64_t>{4});
  EXPECT_EQ(gateway.count("POST /v4/sessions/s1/statements"), 3);  // lost, SET, ours
  EXPECT_NE(gateway.body_of("/s1/statements").find("SELECT n FROM t"),
            std::string::npos);
}

TEST(Gateway, AQueryWithoutAnEndGoesOn) {
  FakeGateway gateway;
  gateway.on(
      "GET operations/o1/result/0",
      R"({"errors":["x","<Exception on server side:\na.B: c\nCaused by: )"
      R"(a.ValidationException: Querying an unbounded table 't' in batch mode is )"
      R"(not allowed. The table source is unbounded.\n\tat a"]})",
      500);
  gateway.then("GET operations/o1/result/0", page("PAYLOAD", row(1), "/x/result/1"));
  const auto statements = gateway.open();
  const auto stream = run(statements);
  Batch batch;
  EXPECT_EQ(stream->next(batch, within(10s)), Next::kBatch);
  EXPECT_EQ(gateway.count("/statements"), 2);
}

TEST(Gateway, ChangesAreRefusedOrToldOf) {
  FakeGateway gateway;
  gateway.on("GET operations/o1/result/0",
             page("EOS",
                  row(1) + "," + row(1, "UPDATE_BEFORE") + "," +
                      row(2, "UPDATE_AFTER") + "," + row(2, "DELETE"),
                  ""));
  const auto statements = gateway.open();
  const Error e = error_of([&] { (void)numbers(*run(statements)); });
  EXPECT_EQ(e.code(), Code::kInvalidState);
  EXPECT_NE(e.message().find("changelog=column"), std::string::npos);
  const auto stream = run(statements, {.changelog = ChangelogRows::kColumn});
  EXPECT_STREQ(stream->schema(within(5s)).children[0]->name, "op");
  Batch batch;
  ASSERT_EQ(stream->next(batch, within(5s)), Next::kBatch);
  const ArrowArray& op = *batch.rows->children[0];
  EXPECT_EQ(std::string(static_cast<const char*>(op.buffers[2]), 8), "+I-U+U-D");
}

TEST(Gateway, NothingYetIsNotTheEnd) {
  FakeGateway gateway;
  gateway.on("GET operations/o1/result/0", page("PAYLOAD", row(1), "/x/result/1"));
  gateway.on("GET operations/o1/result/1", page("PAYLOAD", "", "/x/result/1"));
  const auto statements = gateway.open();
  const auto stream = run(statements, {.mode = Mode::kStreaming});
  Batch batch;
  EXPECT_EQ(stream->next(batch, within(10s)), Next::kBatch);
  EXPECT_EQ(stream->next(batch, within(10s), Deadline::after(50ms)), Next::kNothingYet);
  CancelToken cancel;
  Wait wait = within(30s);
  wait.cancel = &cancel;
  std::thread soon([&] {
    std::this_thread::sleep_for(50ms);
    cancel.cancel();
  });
  EXPECT_EQ(error_of([&] { (void)stream->next(batch, wait); }).code(),
            Code::kCancelled);
  soon.join();
}

TEST(Gateway, ATokenThatIsNoNumberIsRefused) {
  FakeGateway gateway;
  for (const char* next : {"/x/result/..", "/x/result/1/../../y", "/x/result/"}) {
    gateway.on("GET operations/o1/result/0", page("PAYLOAD", "", next));
    const auto stream = run(gateway.open());
    EXPECT_EQ(error_of([&] { (void)numbers(*stream); }).code(), Code::kInvalidData)
        << next;
  }
}

}  // namespace
}  // namespace fletching::flink
