// SPDX-License-Identifier: Apache-2.0
// Who is asking: handshakes, tokens, cookies, tenants, and what goes to other hosts.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "harness.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;

const std::string kHeader = "adbc.flight.sql.rpc.call_header.";
const std::string kScenario = kHeader + "x-scenario";

class Identity : public testing::Test {
 protected:
  void SetUp() override { server_.reset(); }

  Connection connect(const std::string& scenario, OptionMap options = {}) {
    options[kScenario] = scenario;
    return database(server_.uri(), options).connect();
  }
  Connection log_in(const std::string& scenario, const std::string& user) {
    // A salt in a header: tokens of other tests belong to other identities.
    return connect(scenario, {{"username", user},
                              {"password", "pw"},
                              {kHeader + "x-salt", std::to_string(++salt)}});
  }
  static std::vector<std::string> who(Connection& connection) {
    auto table = read_all(connection.execute("scenario:whoami"));
    return {table.column(0).at(0), table.column(1).at(0), table.column(2).at(0)};
  }

  static inline int salt = 0;
  FaultServer& server_ = FaultServer::shared();
};

TEST_F(Identity, TheTokenOfTheHandshakeIsUsed) {
  for (const char* where :
       {"", ",handshake-trailer", ",handshake-only", ",handshake-slow"}) {
    auto connection = log_in(std::string("auth-required") + where, "ada");
    EXPECT_EQ(who(connection)[0], "ada") << where;
  }
  EXPECT_EQ(server_.rpcs("Handshake"), 4);
}

TEST_F(Identity, WithoutATokenBasicGoesWithEveryCall) {
  for (const char* how : {"handshake-none", "handshake-unimplemented"}) {
    auto connection = log_in(std::string("auth-required,") + how, "ada");
    EXPECT_EQ(who(connection)[0], "ada") << how;
  }
}

TEST_F(Identity, AWrongPasswordFailsAtConnect) {
  auto error = error_of([&] {
    (void)connect("auth-required", {{"username", "ada"}, {"password", "wrong"}});
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::kUnauthenticated);
  EXPECT_EQ(error->sqlstate().substr(0, 2), "28");
  EXPECT_EQ(error->message().find("wrong\""), std::string::npos);
}

TEST_F(Identity, AHandshakeThatNeverEndsTimesOut) {
  auto begun = std::chrono::steady_clock::now();
  auto error = error_of([&] {
    (void)connect("handshake-never",
                  {{"username", "a"}, {"password", "b"}, {"connect_timeout", "0.6"}});
  });
  ASSERT_TRUE(error);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(3000));
}

TEST_F(Identity, ANewTokenReplacesTheOldAtOnce) {
  auto connection = log_in("auth-required,auth-rotate", "ada");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(who(connection)[0], "ada");
  EXPECT_EQ(server_.rpcs("Handshake"), 1);
}

TEST_F(Identity, CookiesComeBack) {
  auto connection = connect("cookies");
  (void)who(connection);
  auto cookies = who(connection)[2];
  EXPECT_NE(cookies.find("session=s"), std::string::npos) << cookies;
  EXPECT_EQ(cookies.find("gone"), std::string::npos) << cookies;
  EXPECT_EQ(cookies.find("Path"), std::string::npos) << cookies;
  EXPECT_EQ(who(connection)[2], cookies);
  auto off = connect("cookies", {{"cookies", "false"}});
  (void)who(off);
  EXPECT_EQ(who(off)[2], "");
}

TEST_F(Identity, CookiesBelongToOneConnection) {
  auto first = connect("cookies");
  auto second = connect("cookies");
  (void)who(first);
  (void)who(second);
  EXPECT_NE(who(first)[2], who(second)[2]);
  auto seen = who(first)[2];
  first.close();
  auto third = connect("cookies");  // may take the pooled socket, never its cookies
  EXPECT_EQ(who(third)[2].find(seen), std::string::npos);
}

TEST_F(Identity, UsersAndTenantsNeverMeetInThePool) {
  auto as = [&](const std::string& user, const std::string& tenant) {
    auto connection = connect(
        "auth-required",
        {{"username", user}, {"password", "pw"}, {kHeader + "x-tenant", tenant}});
    auto row = who(connection);
    EXPECT_EQ(row[0], user);
    EXPECT_EQ(row[1], tenant);
    connection.close();
  };
  for (int round = 0; round < 5; ++round) {
    as("ada", "red");
    as("bob", "red");
    as("ada", "blue");
    as("bob", "blue");
  }
  // Equal identities share what it costs to set up; four identities, four handshakes.
  EXPECT_EQ(server_.rpcs("Handshake"), 4);
  EXPECT_LE(server_.count("connections"), 4);
}

TEST_F(Identity, CustomHeadersGoWithEveryRpc) {
  auto connection = connect("auth-required", {{"username", "ada"},
                                              {"password", "pw"},
                                              {kHeader + "x-salt", "headers"},
                                              {kHeader + "x-tenant", "green"}});
  read_all(connection.execute("scenario:many-endpoints n=3 ms=1"));
  read_all(connection.execute("insert into t values ('scenario:put-ok')"));
  auto stats = server_.ask("stats");
  size_t requests = 0;
  size_t with_header = 0;
  for (size_t at = 0; (at = stats.find("\"method\":", at)) != std::string::npos; ++at)
    requests++;
  for (size_t at = 0;
       (at = stats.find("[\"x-tenant\",\"green\"]", at)) != std::string::npos; ++at) {
    with_header++;
  }
  EXPECT_EQ(requests, 6U) << "Handshake, GetFlightInfo, three DoGet, DoPut: " << stats;
  EXPECT_EQ(with_header, requests);
}

TEST_F(Identity, APlaintextLocationOfATlsOriginGetsNoCredentials) {
  OptionMap options{{"tls_root_certs", server_.roots()},
                    {"token", "very-secret-token"},
                    {kHeader + "x-tenant", "green"}};
  auto connection = database(server_.listen_tls("main"), options).connect();
  server_.reset();
  (void)error_of([&] {
    read_all(connection.execute("scenario:located loc=grpc://{plain:no-table}"));
  });
  auto stats = server_.ask("stats");
  auto at = stats.find("\"listener\":\"no-table\"");
  ASSERT_NE(at, std::string::npos) << "the location was not asked: " << stats;
  EXPECT_EQ(stats.find("very-secret-token", at), std::string::npos);
  EXPECT_EQ(stats.find("\"green\"", at), std::string::npos);
}

TEST_F(Identity, ATlsLocationOfATlsOriginGetsThem) {
  OptionMap options{{"tls_root_certs", server_.roots()},
                    {"token", "very-secret-token"}};
  auto connection = database(server_.listen_tls("main"), options).connect();
  read_all(connection.execute("scenario:located loc=grpc+tls://{tls:no-table}"));
  auto stats = server_.ask("stats");
  auto at = stats.find("\"listener\":\"no-table\"");
  ASSERT_NE(at, std::string::npos) << stats;
  EXPECT_NE(stats.find("very-secret-token", at), std::string::npos);
}

TEST_F(Identity, SqlInfoInAnyShape) {
  for (const char* shape : {"none", "sqlinfo-permuted", "sqlinfo-null-child"}) {
    auto connection = connect(shape);
    auto rows = read_all(connection.get_sql_info({}), false).rows;
    EXPECT_EQ(rows, 7) << shape;
    rows = read_all(connection.get_sql_info({0, 1, 504}), false).rows;
    EXPECT_EQ(rows, 3) << shape << ": the server sends more than was asked for";
  }
  for (const char* shape : {"sqlinfo-unimplemented", "sqlinfo-error", "sqlinfo-garbage",
                            "sqlinfo-wrong-schema", "sqlinfo-empty"}) {
    auto connection = connect(shape);
    (void)error_of([&] { read_all(connection.get_sql_info({0}), false); });
    EXPECT_EQ(read_all(connection.execute("scenario:ok")).rows, 3) << shape;
    read_all(connection.execute("insert into t values ('scenario:put-ok')"));
  }
}

}  // namespace
}  // namespace fletching::fault
