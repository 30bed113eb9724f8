// SPDX-License-Identifier: Apache-2.0
// What the table of expectations cannot say: counts of calls, cancels, memory, order.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include "harness.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Fault : public testing::Test {
 protected:
  void SetUp() override { server_.reset(); }
  Connection connect(const OptionMap& options = {}) {
    return database(server_.uri(), options).connect();
  }
  FaultServer& server_ = FaultServer::shared();
};

int64_t resident_mib() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) >> 20;
}

TEST_F(Fault, ConnectAndOneQueryAreTwoRpcs) {
  auto connection = connect();
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  connection.close();
  EXPECT_EQ(server_.rpcs("GetFlightInfo"), 1);
  EXPECT_EQ(server_.rpcs("DoGet"), 1);
  for (const char* other :
       {"Handshake", "DoAction", "DoPut", "GetSchema", "ListActions"}) {
    EXPECT_EQ(server_.rpcs(other), 0) << other;
  }
  EXPECT_EQ(server_.count("connections"), 1);
}

TEST_F(Fault, ASecondConnectionCostsNoConnection) {
  connect().close();
  auto again = connect();
  EXPECT_EQ(read_all(again.execute("scenario:ok")).rows, 3);
  EXPECT_LE(server_.count("connections"), 1);
}

TEST_F(Fault, UpdatesGoByDoPutAlone) {
  auto connection = connect();
  std::string sql = "create table t (a int) -- scenario:put-ok count=0";
  EXPECT_EQ(read_all(connection.execute(sql)).affected, 0);
  EXPECT_EQ(server_.rpcs("DoPut:CommandStatementUpdate"), 1);
  EXPECT_EQ(server_.rpcs("GetFlightInfo"), 0);
  EXPECT_EQ(server_.executions(sql), 1);
}

TEST_F(Fault, UnimplementedUpdatesFallBackOnce) {
  auto connection = connect();
  std::string sql = "insert into t values ('scenario:put-unimplemented')";
  read_all(connection.execute(sql));
  EXPECT_EQ(server_.executions(sql), 1);
  EXPECT_EQ(server_.rpcs("GetFlightInfo:CommandStatementQuery"), 1);
}

// The server dies after the query path of the fall-back has run: never again.
TEST_F(Fault, AFallBackThatMayHaveRunIsNotRepeated) {
  auto connection = connect();
  for (const char* code : {"13", "14", "3"}) {
    auto sql =
        std::string("insert into t values ('scenario:put-error code=") + code + "')";
    EXPECT_TRUE(error_of([&] { read_all(connection.execute(sql)); })) << code;
    EXPECT_EQ(server_.executions(sql), 1) << code;
  }
  EXPECT_EQ(server_.rpcs("GetFlightInfo"), 0);
}

TEST_F(Fault, EofOnAUsedConnectionIsNeverARetry) {
  auto connection = connect();
  read_all(connection.execute("scenario:ok"));
  for (const char* text : {"scenario:eof", "scenario:abort"}) {
    auto error = error_of([&] { read_all(connection.execute(text)); });
    ASSERT_TRUE(error) << text;
    EXPECT_NE(error->message().find("may have run"), std::string::npos)
        << error->what();
    EXPECT_EQ(server_.executions(text), 1);
    EXPECT_EQ(read_all(connection.execute("scenario:ok after")).rows, 3);
  }
}

TEST_F(Fault, AGoawayMovesTheNextQueryToANewConnection) {
  auto connection = connect();
  EXPECT_EQ(read_all(connection.execute("scenario:goaway-mid-stream")).rows, 6);
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  EXPECT_EQ(server_.count("connections"), 2);
}

TEST_F(Fault, EndpointsAreReadSeveralAtATime) {
  auto connection = connect({{"endpoint_concurrency", "6"}});
  auto begun = steady_clock::now();
  EXPECT_EQ(read_all(connection.execute("scenario:many-endpoints n=60 ms=50")).rows,
            180);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1400));  // one by one: over 1.4 s
  EXPECT_LE(server_.count("max_streams"), 6);
  EXPECT_GE(server_.count("max_streams"), 2);
}

TEST_F(Fault, EndpointsArriveInOrder) {
  auto connection = connect();
  auto table = read_all(connection.execute("scenario:many-endpoints n=40 ms=16"));
  ASSERT_EQ(table.rows, 120);
  for (int64_t i = 0; i < 120; ++i) {
    ASSERT_EQ(table.column(0)[static_cast<size_t>(i)], std::to_string(i));
  }
}

TEST_F(Fault, CancelEndsEveryKindOfWait) {
  for (const char* text :
       {"scenario:never", "scenario:never at=info", "scenario:stall",
        "scenario:never-after-headers", "scenario:huge-claim", "scenario:half-open",
        "insert into t values ('scenario:put-never')"}) {
    auto connection = connect();
    auto statement = connection.statement();
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds(150));
      statement.cancel();
    });
    auto begun = steady_clock::now();
    auto error = error_of([&] {
      auto result = statement.execute(text);
      read_all(result);
    });
    auto took = steady_clock::now() - begun;
    other.join();
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->code(), Code::kCancelled) << text << ": " << error->what();
    EXPECT_LT(took, milliseconds(800)) << text;
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3) << text;
  }
}

// The handle of the cancelled result is kept, as a face keeps its cursor.
TEST_F(Fault, ACancelledResultThatIsKeptIsOverForTheServerToo) {
  auto connection = connect();
  for (const char* prefetch : {"auto", "on", "off"}) {
    const auto resets = server_.count("rst");
    auto statement = connection.statement();
    statement.set_option("prefetch", prefetch);
    Result kept = statement.execute("scenario:stall");
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds(150));
      statement.cancel();
    });
    auto error = error_of([&] { read_all(kept); });
    other.join();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Code::kCancelled) << error->what();
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
    // The thread that reads ahead does it a moment later.
    for (int i = 0; i < 100 && server_.count("rst") == resets; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    EXPECT_EQ(server_.count("rst"), resets + 1) << prefetch;
    EXPECT_TRUE(error_of([&] { read_all(kept); }));
  }
}

TEST_F(Fault, AfterACancelOnADeadConnectionTheNextQueryIsPrompt) {
  for (const char* text :
       {"scenario:half-open", "scenario:half-open at=info", "scenario:half-open"}) {
    auto connection = connect();
    auto statement = connection.statement();
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds(300));
      statement.cancel();
    });
    std::optional<Result> kept;
    auto error = error_of([&] {
      kept = statement.execute(text);
      read_all(*kept);
    });
    other.join();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Code::kCancelled) << error->what();
    auto begun = steady_clock::now();
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
    EXPECT_LT(steady_clock::now() - begun, milliseconds(3000)) << text;
  }
}

TEST_F(Fault, ACancelThatComesLateHitsNothing) {
  auto connection = connect();
  auto statement = connection.statement();
  read_all(statement.execute("scenario:ok"));
  statement.cancel();
  EXPECT_EQ(read_all(statement.execute("scenario:ok")).rows, 3);
  connection.cancel();
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
}

TEST_F(Fault, AbandonedResultsAreReset) {
  auto connection = connect();
  for (int i = 0; i < 12; ++i) {
    auto result = connection.execute("scenario:endless");
    result.close();
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  }
  // A reset, or a connection closed because too much could still arrive on it.
  EXPECT_GE(server_.count("rst") + server_.count("connections") - 1, 12);
}

TEST_F(Fault, AStalledStreamDoesNotStopItsNeighbours) {
  auto connection = connect();
  auto stalled = connection.execute("scenario:endless");
  auto begun = steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(read_all(connection.execute("scenario:ok rows=20000")).rows, 20000);
  }
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5000));
  stalled.close();
}

TEST_F(Fault, ASlowReaderHoldsLittleMemory) {
  auto connection = connect();
  auto before = resident_mib();
  auto result = connection.execute("scenario:endless");
  std::this_thread::sleep_for(milliseconds(1500));
  EXPECT_LT(server_.count("data_bytes_sent"), 110 << 20);
  EXPECT_LT(resident_mib() - before, 200);
  result.close();
}

TEST_F(Fault, PingsOfTheServerAreAnswered) {
  auto connection = connect();
  EXPECT_EQ(read_all(connection.execute("scenario:server-pings")).rows, 63);
  EXPECT_EQ(server_.count("pongs"), 20);
  EXPECT_EQ(server_.count("pongs_missing"), 0);
}

TEST_F(Fault, AHalfOpenConnectionIsLeft) {
  auto connection = connect({{"keepalive_after", "0.3"}, {"keepalive_timeout", "0.3"}});
  auto begun = steady_clock::now();
  auto error = error_of([&] { read_all(connection.execute("scenario:half-open")); });
  ASSERT_TRUE(error);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1500));
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
}

// The defaults: PING after 30 s of silence, 20 s to answer. Only with FLETCHING_SLOW=1.
TEST_F(Fault, AHalfOpenConnectionDiesByItselfWithinFiftySeconds) {
  if (std::getenv("FLETCHING_SLOW") == nullptr)
    GTEST_SKIP() << "FLETCHING_SLOW=1 runs it";
  auto connection = connect();
  auto begun = steady_clock::now();
  auto error = error_of([&] { read_all(connection.execute("scenario:half-open")); });
  ASSERT_TRUE(error);
  auto took = steady_clock::now() - begun;
  EXPECT_GT(took, std::chrono::seconds(29));
  EXPECT_LT(took, std::chrono::seconds(55));
}

TEST_F(Fault, DetailsComeWithErrors) {
  auto connection = connect();
  auto error = error_of([&] { read_all(connection.execute("scenario:rich-error")); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->vendor_code(), 5);
  std::string all;
  for (const auto& [name, value] : error->details()) all += name + "=" + value + "\n";
  EXPECT_NE(all.find("x-trace-id=trace-1234"), std::string::npos) << all;
  EXPECT_NE(all.find("x-arrow-status=4"), std::string::npos) << all;
  EXPECT_NE(all.find("x-arrow-status-message-bin=arrow says"), std::string::npos)
      << all;
  EXPECT_NE(all.find("TABLE_MISSING"), std::string::npos) << all;
}

TEST_F(Fault, RowsBeforeAnErrorCanBeRead) {
  auto connection = connect();
  auto result = connection.execute("scenario:error-after-rows");
  auto error = error_of([&] { read_all(result); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->vendor_code(), 8);
}

TEST_F(Fault, ManyThreadsOnOneConnection) {
  auto connection = connect();
  std::vector<std::future<int64_t>> all;
  for (int thread = 0; thread < 8; ++thread) {
    all.push_back(std::async(std::launch::async, [&connection, thread] {
      int64_t rows = 0;
      for (int i = 0; i < 15; ++i) {
        auto sql = "scenario:ok thread=" + std::to_string(thread * 100 + i);
        if (i % 5 == 4) sql = "scenario:error-after-rows";
        (void)error_of([&] { rows += read_all(connection.execute(sql)).rows; });
      }
      return rows;
    }));
  }
  for (auto& one : all) EXPECT_EQ(one.get(), 36);
}

}  // namespace
}  // namespace fletching::fault
