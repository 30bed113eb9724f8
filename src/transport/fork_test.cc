// SPDX-License-Identifier: Apache-2.0
// What a forked child may do to its parent's connections: close descriptors, nothing
// else.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/fork_gate.h"
#include "transport/channel.h"
#include "transport/channel_pool.h"
#include "transport/server_for_test.h"
#include "transport/tls_context.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#if defined(__SANITIZE_THREAD__)
#define FLETCHING_NO_FORK_TESTS 1  // TSan cannot follow a fork of many threads
#endif

#ifndef FLETCHING_NO_FORK_TESTS

namespace fletching {
namespace {

using namespace std::chrono_literals;

Wait within(std::chrono::nanoseconds span) {
  Wait wait;
  wait.deadline = Deadline::after(span);
  return wait;
}

SSL_CTX* self_signed() {
  init_openssl();
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x = X509_new();
  X509_set_version(x, 2);
  X509_gmtime_adj(X509_getm_notBefore(x), -10);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  X509_sign(x, key, EVP_sha256());
  SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(ctx, x);
  SSL_CTX_use_PrivateKey(ctx, key);
  X509_free(x);
  EVP_PKEY_free(key);
  return ctx;
}

ChannelOptions to(const ServerForTest& server, bool tls) {
  ChannelOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  options.tls.enabled = tls;
  options.tls.verify = false;
  return options;
}

std::unique_ptr<Call> request(Channel& channel, const std::string& path) {
  CallOptions options;
  options.path = path;
  auto call = channel.start(options, within(20s));
  call->half_close(within(20s));
  return call;
}

size_t drain(Call& call) {
  Message m;
  size_t n = 0;
  while (call.read(m, within(20s))) ++n;
  return n;
}

// The exit status of a child that must end within 10 s.
int exit_status(pid_t child) {
  for (int i = 0; i < 1000; ++i) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(10ms);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return -1;
}

class ForkTest : public testing::TestWithParam<bool> {};

TEST_P(ForkTest, ChildClosesEverythingAndTheParentReadsOn) {
  SSL_CTX* tls = GetParam() ? self_signed() : nullptr;
  ServerForTest server({.tls = tls});
  auto channel = Channel::connect(to(server, GetParam()), within(10s));
  auto call = request(*channel, "/t/Stream/200/100000");
  Message m;
  ASSERT_TRUE(call->read(m, within(10s)));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    call->cancel();
    call.reset();
    channel->close();
    channel.reset();
    clear_channel_pool();
    ::_exit(0);
  }
  EXPECT_EQ(exit_status(child), 0);
  EXPECT_EQ(drain(*call), 199u);
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/1/1")), 1u);
  EXPECT_EQ(server.goodbyes(), 0);
  EXPECT_EQ(server.resets(), 0);
}

TEST_P(ForkTest, ChildIsToldAndOpensItsOwn) {
  SSL_CTX* tls = GetParam() ? self_signed() : nullptr;
  ServerForTest server({.tls = tls});
  auto channel = Channel::connect(to(server, GetParam()), within(10s));
  pool_channel("x", Channel::connect(to(server, GetParam()), within(10s)));
  auto call = request(*channel, "/t/Stream/5/10");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int wrong = 0;
    if (channel->usable()) wrong |= 1;
    if (take_pooled_channel("x") != nullptr) wrong |= 2;
    try {
      (void)request(*channel, "/t/Stream/1/1");
      wrong |= 4;
    } catch (const Error& e) {
      if (!never_processed(e)) wrong |= 8;
    }
    try {
      drain(*call);
      wrong |= 16;
    } catch (const Error& e) {
      if (e.code() != Code::kInvalidState) wrong |= 32;
    }
    try {
      auto own = Channel::connect(to(server, GetParam()), within(10s));
      if (drain(*request(*own, "/t/Stream/3/10")) != 3) wrong |= 64;
      pool_channel("x", std::move(own));
      if (take_pooled_channel("x") == nullptr) wrong |= 128;
    } catch (const Error&) {
      wrong |= 64;
    }
    ::_exit(wrong);
  }
  EXPECT_EQ(exit_status(child), 0);
  EXPECT_EQ(drain(*call), 5u);
  EXPECT_NE(take_pooled_channel("x"), nullptr);
}

// Children of a process whose threads connect, hand-shake and read all the time.
TEST_P(ForkTest, ChildrenOfABusyProcessDoNotHang) {
  SSL_CTX* tls = GetParam() ? self_signed() : nullptr;
  ServerForTest server({.tls = tls});
  const auto options = to(server, GetParam());
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const ForkGate::Pass pass;  // allocators of sanitizers are not safe at fork
      while (!stop) {
        auto channel = Channel::connect(options, within(20s));
        EXPECT_EQ(drain(*request(*channel, "/t/Stream/5/10000")), 5u);
      }
    });
  }
  for (int i = 0; i < 25; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        auto own = Channel::connect(options, within(20s));
        ::_exit(drain(*request(*own, "/t/Stream/2/10")) == 2 ? 0 : 1);
      } catch (const Error&) {
        ::_exit(2);
      }
    }
    EXPECT_EQ(exit_status(child), 0);
  }
  stop = true;
  for (auto& t : threads) t.join();
}

// A signal handler run by a tick may fork: the child is in the middle of a wait.
TEST_P(ForkTest, ForkWithinATick) {
  SSL_CTX* tls = GetParam() ? self_signed() : nullptr;
  ServerForTest server({.tls = tls});
  auto channel = Channel::connect(to(server, GetParam()), within(10s));
  auto call = request(*channel, "/t/Never");
  struct Forking final : Tick {
    void tick() override {
      if (++count == 2) child = ::fork();
      if (count == 4) throw Error(Code::kCancelled, "enough");
    }
    int count = 0;
    pid_t child = -1;
  } tick;
  Wait wait = within(20s);
  wait.tick = &tick;
  Message m;
  Code code = Code::kOk;
  try {
    call->read(m, wait);
  } catch (const Error& e) {
    code = e.code();
  }
  if (tick.child == 0) ::_exit(code == Code::kInvalidState ? 0 : 1);
  EXPECT_EQ(code, Code::kCancelled);
  EXPECT_EQ(exit_status(tick.child), 0);
  EXPECT_EQ(drain(*request(*channel, "/t/Stream/2/10")), 2u);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, ForkTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace fletching

#endif
