// SPDX-License-Identifier: Apache-2.0
#include "base/wait.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/body.h"
#include "base/fork_gate.h"
#include "base/log.h"

namespace fletching {
namespace {

using std::chrono::milliseconds;

TEST(WaitFor, AnEventEndsIt) {
  Event event;
  pollfd fd{event.fd(), POLLIN, 0};
  std::thread setter([&] { event.set(); });
  EXPECT_TRUE(wait_for({&fd, 1}, Wait{}, "testing"));
  setter.join();
  event.clear();
  EXPECT_FALSE(wait_for({&fd, 1}, Wait{}, "testing", Deadline::after(milliseconds(5))));
}

TEST(WaitFor, TheDeadlineIsATimeoutThatSaysWhatWasDone) {
  Event event;
  pollfd fd{event.fd(), POLLIN, 0};
  Wait wait;
  wait.deadline = Deadline::after(milliseconds(10));
  try {
    wait_for({&fd, 1}, wait, "reading");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kTimeout);
    EXPECT_EQ(e.message(), "reading: timed out");
  }
}

TEST(WaitFor, CancelFromAnotherThreadEndsIt) {
  CancelToken token;
  Wait wait;
  wait.cancel = &token;
  std::thread canceller([&] { token.cancel(); });
  try {
    wait_for({}, wait, "reading");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kCancelled);
  }
  canceller.join();
}

struct Interrupt {};
struct ThrowingTick : Tick {
  void tick() override { throw Interrupt{}; }
};
TEST(WaitFor, ATickMayThrowAndTheGateIsHeldAgain) {
  ThrowingTick tick;
  Wait wait;
  wait.tick = &tick;
  const ForkGate::Pass pass;
  EXPECT_THROW(wait_for({}, wait, "reading"), Interrupt);
}

// A child forked while others are inside must be able to enter, and fork must get
// through although the others never pause for it.
TEST(ForkGateTest, BusyThreadsDoNotStarveForkNorHangTheChild) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 4; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        const ForkGate::Pass pass;
        const ForkGate::Pass nested;
        static_cast<void>(Body::allocate(1000));
      }
    });
  }
  const uint32_t before = ForkGate::generation();
  for (int i = 0; i < 50; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      const ForkGate::Pass pass;
      log(LogLevel::kWarning, "in the child");
      const bool ok = ForkGate::generation() == before + 1 &&
                      Body::allocate(3 << 20).data() != nullptr;
      ::_exit(ok ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(ForkGate::generation(), before);
  stop = true;
  for (auto& t : busy) t.join();
}

// The pool's lock is taken inside and outside of the gate; whichever of the two was
// used first in a process, fork must not wait for a thread that waits for the pool.
// Each case is a process of its own, as the order is decided once.
TEST(ForkGateTest, TheOrderOfFirstUseDoesNotMatter) {
  for (const bool gate_first : {true, false}) {
    const pid_t fresh = ::fork();
    if (fresh == 0) {
      ::alarm(30);
      ::execl("/proc/self/exe", "base_test", "--gtest_also_run_disabled_tests",
              gate_first ? "--gtest_filter=DISABLED_ForkOrder.GateFirst"
                         : "--gtest_filter=DISABLED_ForkOrder.PoolFirst",
              "--gtest_brief=1", nullptr);
      ::_exit(2);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(fresh, &status, 0), fresh);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << (gate_first ? "gate first" : "pool first");
  }
}

void fork_often_while_threads_allocate() {
  std::atomic<bool> stop{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 4; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        const ForkGate::Pass pass;
        static_cast<void>(Body::allocate(1000));
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Body::allocate(10).data() != nullptr ? 0 : 1);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  for (auto& t : busy) t.join();
}

TEST(DISABLED_ForkOrder, GateFirst) {
  {
    const ForkGate::Pass pass;
  }
  static_cast<void>(Body::allocate(10));
  fork_often_while_threads_allocate();
}

TEST(DISABLED_ForkOrder, PoolFirst) {
  static_cast<void>(Body::allocate(10));
  fork_often_while_threads_allocate();
}

TEST(ForkGateTest, AThreadMayForkFromInside) {
  const ForkGate::Pass pass;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    {
      const ForkGate::Outside outside;
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace fletching
