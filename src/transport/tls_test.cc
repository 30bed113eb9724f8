// SPDX-License-Identifier: Apache-2.0
// TLS, and what answers where no TLS was expected. Certificates are made here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "transport/certificates_for_test.h"
#include "transport/channel.h"
#include "transport/server_for_test.h"
#include "transport/tls_context.h"

namespace fletching {
namespace {

using namespace std::chrono_literals;

Wait within(std::chrono::nanoseconds span) {
  Wait wait;
  wait.deadline = Deadline::after(span);
  return wait;
}

class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ca = make("Test CA", nullptr, nullptr);
    other_ca = make("Other CA", nullptr, nullptr);
    leaf = make("server", &ca, "DNS:localhost,DNS:*.example.test,IP:127.0.0.1");
    client = make("client", &ca, nullptr);
  }

  static ChannelOptions to(const ServerForTest& server,
                           const char* host = "127.0.0.1") {
    ChannelOptions options;
    options.host = host;
    options.port = server.port();
    options.tls.enabled = true;
    options.tls.roots = ca.certificate_pem();
    return options;
  }

  static std::string why_not(const ChannelOptions& options) {
    try {
      auto channel = Channel::connect(options, within(10s));
      (void)channel->ping(within(10s));
    } catch (const Error& e) {
      EXPECT_TRUE(e.sqlstate() == "08001" || e.sqlstate() == "08006" ||
                  e.code() == Code::kInvalidArgument)
          << e.sqlstate() << ": " << e.message();
      return e.message();
    }
    ADD_FAILURE() << "connected";
    return "";
  }

  static size_t stream(Channel& channel, const std::string& path) {
    CallOptions options;
    options.path = path;
    auto call = channel.start(options, within(20s));
    call->half_close(within(20s));
    Message m;
    size_t bytes = 0;
    while (call->read(m, within(20s))) bytes += m.head.size();
    return bytes;
  }

  static inline Identity ca, other_ca, leaf, client;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(TlsTest, ConnectsByAddressAndByName) {
  ServerForTest server({.tls = server_context(leaf)});
  for (const char* host : {"127.0.0.1", "localhost"}) {
    auto channel = Channel::connect(to(server, host), within(10s));
    EXPECT_EQ(stream(*channel, "/t/Stream/100/100000"), 10'000'000u);
    EXPECT_EQ(channel->peer().alpn, "h2");
    EXPECT_EQ(channel->peer().tls_version, "TLSv1.3");
    EXPECT_EQ(channel->peer().tls_cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_TRUE(has(channel->peer().certificate, "CN = server"));
  }
}

TEST_F(TlsTest, SendsLargeMessages) {
  ServerForTest server({.tls = server_context(leaf)});
  auto channel = Channel::connect(to(server), within(10s));
  CallOptions options;
  options.path = "/t/Echo";
  auto call = channel->start(options, within(20s));
  std::string big(5 << 20, '\0');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 >> 3);
  const std::span<const uint8_t> part(reinterpret_cast<const uint8_t*>(big.data()),
                                      big.size());
  ASSERT_TRUE(call->write({&part, 1}, within(20s), true));
  Message m;
  ASSERT_TRUE(call->read(m, within(20s)));
  EXPECT_EQ(std::string(m.head.begin(), m.head.end()), big);
}

// Bodies of all sizes, which are received where they stay, over both kinds of stream.
TEST_F(TlsTest, BodiesArriveWholeAndInOrder) {
  ServerForTest encrypted({.tls = server_context(leaf)});
  ServerForTest plain;
  auto in_clear = to(plain);
  in_clear.tls.enabled = false;
  for (const ChannelOptions& where : {to(encrypted), in_clear}) {
    auto channel = Channel::connect(where, within(10s));
    CallOptions options;
    options.path = "/t/Echo";
    options.split_field = 1000;
    auto call = channel->start(options, within(20s));
    for (const size_t size : {0u, 1u, 511u, 16384u, 131072u, 3'000'001u, 10u}) {
      std::string message = "\xc2\x3e";  // field 1000, then its length
      size_t left = size;
      for (; left >= 0x80; left >>= 7) message += static_cast<char>(left | 0x80);
      message += static_cast<char>(left);
      const size_t head = message.size();
      for (size_t i = 0; i < size; ++i) message += static_cast<char>(i * 31 >> 3);
      const std::span<const uint8_t> part(
          reinterpret_cast<const uint8_t*>(message.data()), message.size());
      ASSERT_TRUE(call->write({&part, 1}, within(20s)));
      Message m;
      ASSERT_TRUE(call->read(m, within(20s)));
      EXPECT_TRUE(m.has_body);
      EXPECT_TRUE(std::ranges::equal(m.body.bytes(), part.subspan(head))) << size;
    }
  }
}

TEST_F(TlsTest, UnknownAuthorityIsRefusedAndExplained) {
  ServerForTest server({.tls = server_context(leaf)});
  auto options = to(server);
  options.tls.roots = other_ca.certificate_pem();
  const std::string why = why_not(options);
  EXPECT_TRUE(has(why, "not accepted")) << why;
  EXPECT_TRUE(has(why, "Test CA")) << why;
  EXPECT_TRUE(has(why, "roots from the given PEM text")) << why;
  options.tls.verify = false;
  EXPECT_EQ(stream(*Channel::connect(options, within(10s)), "/t/Stream/1/10"), 10u);
}

TEST_F(TlsTest, WrongNameIsRefusedUnlessOverridden) {
  const Identity named = make("server", &ca, "DNS:db.example.test");
  ServerForTest server({.tls = server_context(named)});
  EXPECT_TRUE(has(why_not(to(server)), "mismatch"));
  EXPECT_TRUE(has(why_not(to(server, "localhost")), "'localhost'"));
  auto options = to(server);
  options.tls.server_name = "db.example.test";
  EXPECT_EQ(stream(*Channel::connect(options, within(10s)), "/t/Stream/1/10"), 10u);
}

TEST_F(TlsTest, ExpiredIsRefused) {
  const Identity old = make("server", &ca, "IP:127.0.0.1", -7200, -3600);
  ServerForTest server({.tls = server_context(old)});
  EXPECT_TRUE(has(why_not(to(server)), "expired"));
}

TEST_F(TlsTest, ClientCertificates) {
  ServerForTest server({.tls = server_context(leaf, &ca)});
  EXPECT_TRUE(has(why_not(to(server)), "client certificate"));
  auto options = to(server);
  options.tls.cert_chain = client.certificate_pem();
  options.tls.private_key = client.key_pem();
  EXPECT_EQ(stream(*Channel::connect(options, within(10s)), "/t/Stream/1/10"), 10u);
  options.tls.private_key = leaf.key_pem();
  EXPECT_TRUE(has(why_not(options), "does not belong"));
  options.tls.private_key.clear();
  EXPECT_TRUE(has(why_not(options), "together"));
}

TEST_F(TlsTest, RootsComeFromFilesAndTheEnvironment) {
  const std::string path = testing::TempDir() + "fletching_roots.pem";
  std::ofstream(path) << ca.certificate_pem();
  ServerForTest server({.tls = server_context(leaf)});
  auto options = to(server);
  options.tls.roots = path;
  EXPECT_EQ(stream(*Channel::connect(options, within(10s)), "/t/Stream/1/10"), 10u);
  options.tls.roots.clear();
  for (const char* name :
       {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    ::unsetenv(name);  // a machine's own settings
  }
  const std::string nowhere = why_not(options);
  EXPECT_TRUE(has(nowhere, "roots from /etc/") || has(nowhere, "tried")) << nowhere;
  for (const char* name : {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE"}) {
    ::setenv(name, path.c_str(), 1);
    EXPECT_EQ(stream(*Channel::connect(options, within(10s)), "/t/Stream/1/10"), 10u);
    ::setenv(name, "/nowhere/roots.pem", 1);
    EXPECT_TRUE(has(why_not(options), name));
    ::unsetenv(name);
  }
  // A replaced file is read again.
  options.tls.roots = path;
  std::ofstream(path) << other_ca.certificate_pem() << "\n";
  EXPECT_TRUE(has(why_not(options), "not accepted"));
  std::remove(path.c_str());
}

TEST_F(TlsTest, ContextsAreSharedBetweenEqualOptionsOnly) {
  TlsOptions options;
  options.roots = ca.certificate_pem();
  const auto first = tls_context(options);
  EXPECT_EQ(tls_context(options), first);
  options.verify = false;
  EXPECT_NE(tls_context(options), first);
}

std::string bad_options(const TlsOptions& options) {
  try {
    (void)tls_context(options);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    return e.message();
  }
  return "";
}

TEST_F(TlsTest, BadFilesAreNamed) {
  TlsOptions options;
  options.roots = "/nowhere/ca.pem";
  EXPECT_TRUE(has(bad_options(options), "/nowhere/ca.pem"));
  options.cert_chain = client.certificate_pem();
  for (const std::string key : {"nowhere/key.pem", "/nowhere/key"}) {
    options.roots = ca.certificate_pem();
    options.private_key = key;
    EXPECT_TRUE(has(bad_options(options), "'" + key + "'"));
  }
  for (const std::string& key :
       {std::string(64, 'k'), std::string(4000, 'k'), "k/k\n" + std::string(64, 'k')}) {
    options.private_key = key;
    EXPECT_FALSE(has(bad_options(options), "kkk"));
  }
  options.roots = "-----BEGIN CERTIFICATE-----\nbm9wZQ==\n-----END CERTIFICATE-----\n";
  EXPECT_THROW((void)tls_context(options), Error);
}

TEST_F(TlsTest, TlsAgainstAPlaintextPort) {
  ServerForTest server;
  const std::string why = why_not(to(server));
  EXPECT_TRUE(has(why, "plaintext")) << why;
}

TEST_F(TlsTest, PlaintextAgainstATlsPort) {
  ServerForTest server({.tls = server_context(leaf)});
  auto options = to(server);
  options.tls.enabled = false;
  const std::string why = why_not(options);
  EXPECT_TRUE(has(why, "TLS")) << why;
}

TEST_F(TlsTest, AlpnMissingIsAcceptedAndHttp11IsNot) {
  ServerForTest silent({.tls = server_context(leaf, nullptr, nullptr)});
  auto channel = Channel::connect(to(silent), within(10s));
  EXPECT_EQ(channel->peer().alpn, "");
  EXPECT_EQ(stream(*channel, "/t/Stream/1/10"), 10u);
  ServerForTest strict({.tls = server_context(leaf, nullptr, "\x08http/1.1")});
  EXPECT_TRUE(has(why_not(to(strict)), "HTTP/2"));
}

TEST_F(TlsTest, DroppedConnectionIsAnErrorNotAnEnd) {
  ServerForTest server({.tls = server_context(leaf)});
  auto channel = Channel::connect(to(server), within(10s));
  CallOptions options;
  options.path = "/t/Drop";
  auto call = channel->start(options, within(10s));
  call->half_close(within(10s));
  Message m;
  EXPECT_THROW(call->read(m, within(10s)), Error);
}

}  // namespace
}  // namespace fletching
