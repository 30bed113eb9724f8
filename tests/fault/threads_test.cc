// SPDX-License-Identifier: Apache-2.0
// Sixteen threads on one database: connections of their own, one shared connection, and
// cancels from the side. Run under ThreadSanitizer too (scripts/test --slow).
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "harness.h"

namespace fletching::fault {
namespace {

constexpr int kThreads = 16;
constexpr int kRounds = 10;

void in_threads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (auto& thread : threads) thread.join();
}

TEST(Threads, SixteenOnOneDatabaseEachWithItsConnections) {
  FaultServer& server = FaultServer::shared();
  Database one = database(server.uri());
  std::atomic<int64_t> rows{0};
  in_threads([&](int) {
    for (int round = 0; round < kRounds; ++round) {
      Connection connection = one.connect();
      rows += read_all(connection.execute("scenario:ok")).rows;
      connection.close();
    }
  });
  EXPECT_EQ(rows, int64_t{3} * kThreads * kRounds);
}

TEST(Threads, SixteenOnOneConnection) {
  FaultServer& server = FaultServer::shared();
  Connection shared = database(server.uri()).connect();
  std::atomic<int64_t> rows{0};
  in_threads([&](int) {
    for (int round = 0; round < kRounds; ++round) {
      rows += read_all(shared.execute("scenario:ok")).rows;
    }
  });
  EXPECT_EQ(rows, int64_t{3} * kThreads * kRounds);
}

TEST(Threads, CancelsFromTheSideHitOnlyWhatRuns) {
  FaultServer& server = FaultServer::shared();
  Connection shared = database(server.uri()).connect();
  std::atomic<int> cancelled{0};
  in_threads([&](int i) {
    for (int round = 0; round < 3; ++round) {
      if (i % 2 == 0) {
        EXPECT_EQ(read_all(shared.execute("scenario:ok")).rows, 3);
        continue;
      }
      Statement statement = shared.statement();
      std::thread side([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        statement.cancel();
      });
      const auto error =
          error_of([&] { read_all(statement.execute("scenario:stall")); });
      side.join();
      if (error && error->code() == Code::kCancelled) ++cancelled;
    }
  });
  EXPECT_EQ(cancelled, kThreads / 2 * 3);
}

}  // namespace
}  // namespace fletching::fault
