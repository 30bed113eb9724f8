// SPDX-License-Identifier: Apache-2.0
// Ports that are wrong below requests (modes.h): what connect() says, and connections
// that go bad while nobody looks at them.
#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <thread>

#include "harness.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Port : public testing::Test {
 protected:
  void SetUp() override { server_.reset(); }

  // connect() fails with this code, within the time, in these words.
  void refused(const std::string& uri, const std::string& words, OptionMap options = {},
               milliseconds most = milliseconds(3000)) {
    auto begun = steady_clock::now();
    auto error = error_of([&] { (void)database(uri, options).connect(); });
    ASSERT_TRUE(error) << uri << " was connected to";
    EXPECT_LT(steady_clock::now() - begun, most);
    EXPECT_TRUE(error->code() == Code::kIo || error->code() == Code::kTimeout)
        << code_name(error->code());
    EXPECT_EQ(error->sqlstate(), "08001");
    EXPECT_TRUE(std::regex_search(error->message(), std::regex(words)))
        << error->message();
    EXPECT_EQ(error->message().find("page-secret"), std::string::npos);
  }

  static void works(const std::string& uri, const OptionMap& options = {}) {
    auto connection = database(uri, options).connect();
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  }

  FaultServer& server_ = FaultServer::shared();
};

TEST_F(Port, GarbageIsNamedAsSuch) { refused(server_.listen("garbage"), "HTTP/2"); }

TEST_F(Port, Http1IsNamedAsSuch) { refused(server_.listen("http1"), "HTTP/1"); }

TEST_F(Port, Http1OverTlsIsNamedAsSuch) {
  refused(server_.listen_tls("alpn-http1"), "ALPN|application protocol",
          {{"tls_root_certs", server_.roots()}});
}

TEST_F(Port, SshIsQuoted) { refused(server_.listen("ssh"), "SSH-2.0"); }

TEST_F(Port, SilenceEndsAtTheConnectTimeout) {
  refused(server_.listen("silent"), "0.5|timed out|time", {{"connect_timeout", "0.5"}},
          milliseconds(1500));
}

TEST_F(Port, MissingSettingsEndAtTheConnectTimeout) {
  refused(server_.listen("no-settings"), "SETTINGS|timed out|time",
          {{"connect_timeout", "0.5"}}, milliseconds(1500));
}

TEST_F(Port, CloseAtOnce) {
  refused(server_.listen("close"), "closed|ended|connection");
}

TEST_F(Port, ResetAtOnce) {
  refused(server_.listen("abort"), "reset|closed|connection");
}

TEST_F(Port, GoawayAtOnceIsQuoted) {
  auto uri = server_.listen("goaway-at-once");
  auto error =
      error_of([&] { read_all(database(uri).connect().execute("scenario:ok")); });
  ASSERT_TRUE(error);
  EXPECT_NE(error->message().find("come back tomorrow"), std::string::npos)
      << error->message();
}

TEST_F(Port, TlsAgainstPlaintext) {
  auto uri = server_.uri();
  refused("grpc+tls" + uri.substr(uri.find(':')), "TLS|plaintext",
          {{"tls_root_certs", server_.roots()}});
}

TEST_F(Port, PlaintextAgainstTls) {
  auto uri = server_.listen_tls("main");
  refused("grpc" + uri.substr(uri.find(':')), "TLS|tls");
}

TEST_F(Port, UnknownAuthority) {
  refused(server_.listen_tls("main"), "certificate|verif");
}

TEST_F(Port, TlsWorks) {
  works(server_.listen_tls("main"), {{"tls_root_certs", server_.roots()}});
  works(server_.listen_tls("no-alpn"), {{"tls_root_certs", server_.roots()}});
  works(server_.listen_tls("main"), {{"tls_skip_verify", "true"}});
}

TEST_F(Port, OddSettingsWork) {
  works(server_.listen("slow-settings"));
  works(server_.listen("no-table"));
}

TEST_F(Port, LongStatementsPassATinyWindow) {
  auto connection = database(server_.listen("tiny-window")).connect();
  auto sql = "scenario:ok long=" + std::string(20000, 'x');
  EXPECT_EQ(read_all(connection.execute(sql)).rows, 3);
  EXPECT_EQ(server_.executions(sql), 1);
}

TEST_F(Port, OneStreamAtATimeReadsAllEndpoints) {
  auto connection = database(server_.listen("one-stream")).connect();
  EXPECT_EQ(read_all(connection.execute("scenario:many-endpoints n=20 ms=1")).rows, 60);
  EXPECT_EQ(server_.count("max_streams"), 1);
}

TEST_F(Port, NoStreamsEndsAtATimeout) {
  auto connection =
      database(server_.listen("no-streams"), {{"first_byte_timeout", "0.5"}}).connect();
  auto begun = steady_clock::now();
  auto error = error_of([&] { read_all(connection.execute("scenario:ok")); });
  ASSERT_TRUE(error);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(2000));
}

// The user must not see that a server closes idle connections.
TEST_F(Port, ConnectionsThatEndWhileIdleAreReplaced) {
  for (const char* mode : {"idle-close", "idle-abort", "idle-goaway"}) {
    auto connection = database(server_.listen(mode)).connect();
    for (int i = 0; i < 4; ++i) {
      auto sql = std::string("scenario:ok mode=") + mode + " i=" + std::to_string(i);
      EXPECT_EQ(read_all(connection.execute(sql)).rows, 3) << mode;
      EXPECT_EQ(server_.executions(sql), 1) << mode;
      std::this_thread::sleep_for(milliseconds(250));
    }
    auto update = std::string("insert into t values ('scenario:put-ok ") + mode + "')";
    EXPECT_EQ(read_all(connection.execute(update)).affected, 5) << mode;
    EXPECT_EQ(server_.executions(update), 1) << mode;
  }
}

// A NAT that forgot: nothing comes back. After five idle seconds a PING goes first.
TEST_F(Port, AConnectionThatFrozeWhileIdleIsProvedByPing) {
  auto connection = database(server_.listen("idle-freeze")).connect();
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  std::this_thread::sleep_for(milliseconds(5500));
  auto begun = steady_clock::now();
  std::string update = "insert into t values ('scenario:put-ok frozen')";
  EXPECT_EQ(read_all(connection.execute(update)).affected, 5);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(2500));
  EXPECT_EQ(server_.executions(update), 1);
}

TEST_F(Port, IdleConnectionsSendNoPingsByTimer) {
  OptionMap options{{"keepalive_after", "0.2"}, {"keepalive_timeout", "1"}};
  auto connection = database(server_.listen("ping-strikes"), options).connect();
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  std::this_thread::sleep_for(milliseconds(1500));
  EXPECT_EQ(server_.count("pings"), 0);
  EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3);
  EXPECT_EQ(server_.count("connections"), 1);
}

}  // namespace
}  // namespace fletching::fault
