// SPDX-License-Identifier: Apache-2.0
// Hazards that no other test shows from the outside; docs/design/hazards.md lists them
// all with their tests.
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "arrow/owned.h"
#include "base/log.h"
#include "harness.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

const std::string kHeader = "adbc.flight.sql.rpc.call_header.";

class Hazards : public testing::Test {
 protected:
  void SetUp() override { server_.reset(); }
  Connection connect(const OptionMap& options = {}) {
    return database(server_.uri(), options).connect();
  }
  FaultServer& server_ = FaultServer::shared();
};

// Runs body in a forked child; its exit status, 200 for an exception, 201 for a hang.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(body());
    } catch (...) {
      ::_exit(200);
    }
  }
  for (int i = 0; i < 2000; ++i) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return 201;
}

// Behind a balancer each TCP connection may be another server, which knows neither the
// ticket nor the transaction.
TEST_F(Hazards, EverythingOfAConnectionGoesOverOneSocket) {
  Connection connection = connect();
  Result open = connection.execute("scenario:endless");
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  for (const char* there :
       {"loc=", "loc=arrow-flight-reuse-connection://?", "loc=grpc://{authority}"}) {
    const std::string sql = std::string("scenario:located n=3 ") + there;
    EXPECT_EQ(read_all(connection.execute(sql)).rows, 9) << there;
  }
  std::thread other([&] { read_all(connection.get_sql_info({0}), false); });
  EXPECT_EQ(
      read_all(connection.execute("insert into t values ('scenario:put-ok')")).affected,
      5);
  other.join();
  EXPECT_EQ(server_.count("connections"), 1);
  open.close();
}

// A garbage collector runs destructors anywhere, also when the server has gone deaf.
TEST_F(Hazards, DestructorsDoNotWaitForADeafServer) {
  std::optional<Connection> connection = connect();
  std::optional<Result> stalled = connection->execute("scenario:stall");
  std::optional<Result> deaf = connection->execute("scenario:half-open");
  const auto begun = steady_clock::now();
  stalled.reset();
  deaf.reset();
  connection.reset();
  EXPECT_LT(steady_clock::now() - begun, milliseconds(300));
  Connection again = connect();
  EXPECT_EQ(read_all(again.execute("scenario:ok")).rows, 3);
}

// Tokens are the identity's, cookies the connection's.
TEST_F(Hazards, AForkedChildKeepsTokensAndLosesCookies) {
  const OptionMap options = {{"username", "ada"},
                             {"password", "pw"},
                             {kHeader + "x-salt", "forked"},
                             {kHeader + "x-scenario", "auth-required,cookies"}};
  Connection parent = connect(options);
  const auto who = [](Connection& connection) {
    return read_all(connection.execute("scenario:whoami"));
  };
  (void)who(parent);
  const std::string cookies = who(parent).column(2).at(0);
  ASSERT_NE(cookies, "");
  EXPECT_EQ(in_child([&] {
              Connection own = connect(options);
              const Table seen = who(own);
              if (seen.column(0).at(0) != "ada") return 1;
              return seen.column(2).at(0).find(cookies) == std::string::npos ? 0 : 2;
            }),
            0);
  EXPECT_EQ(server_.rpcs("Handshake"), 1);
  EXPECT_EQ(who(parent).column(2).at(0), cookies);
}

// MADV_DONTFORK would make this crash.
TEST_F(Hazards, AForkedChildReadsItsParentsRows) {
  Connection connection = connect();
  Result result = connection.execute("scenario:big-message mb=8");
  UniqueArray rows;
  ASSERT_TRUE(result.next(rows.get()));
  const auto sum = [&] {
    const auto* offsets = static_cast<const int32_t*>(rows->children[0]->buffers[1]);
    const auto* text = static_cast<const char*>(rows->children[0]->buffers[2]);
    int64_t total = 0;
    for (int32_t i = 0; i < offsets[rows->length]; ++i) total += text[i];
    return total;
  };
  const int64_t expected = sum();
  EXPECT_EQ(in_child([&] {
              const bool same = sum() == expected;
              rows.reset();
              return same ? 0 : 1;
            }),
            0);
  EXPECT_EQ(sum(), expected);
}

void expect_buffers(const ArrowArray& array, const std::string& where) {
  for (int64_t i = 1; i < array.n_buffers; ++i) {  // the first may say: no nulls
    EXPECT_NE(array.buffers[i], nullptr) << where << ", buffer " << i;
  }
  for (int64_t i = 0; i < array.n_children; ++i) {
    expect_buffers(*array.children[i], where + "." + std::to_string(i));
  }
  if (array.dictionary != nullptr) expect_buffers(*array.dictionary, where + ".dict");
}

// Consumers read offsets and data of empty arrays without asking.
TEST_F(Hazards, ExportedBuffersAreNeverNull) {
  Connection connection = connect();
  for (const char* text : {"scenario:types", "scenario:empty-batches",
                           "scenario:dictionary", "scenario:many-endpoints n=2"}) {
    UniqueArrayStream stream;
    connection.execute(text).export_stream(stream.get());
    int batches = 0;
    UniqueArray rows;
    while (stream->get_next(stream.get(), rows.get()) == 0 &&
           rows->release != nullptr) {
      expect_buffers(*rows.get(), text);
      rows.reset();
      ++batches;
    }
    EXPECT_GT(batches, 0) << text;
  }
}

// nghttp2 takes a header with characters that HTTP forbids out of the answer.
TEST_F(Hazards, ADroppedHeaderIsLogged) {
  static_cast<void>(drain_log());
  Connection connection = connect();
  (void)error_of([&] { read_all(connection.execute("scenario:bad-header-value")); });
  std::string all;
  for (const LogRecord& record : drain_log()) all += record.text + "\n";
  EXPECT_NE(all.find("invalid header 'x-note'"), std::string::npos) << all;
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
}

}  // namespace
}  // namespace fletching::fault
