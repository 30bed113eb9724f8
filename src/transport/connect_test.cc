// SPDX-License-Identifier: Apache-2.0
// Connecting: what answers, names, proxies, unix sockets.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "base/uri.h"
#include "transport/channel.h"
#include "transport/preface.h"
#include "transport/proxy.h"
#include "transport/resolver.h"
#include "transport/server_for_test.h"
#include "transport/tcp_connect.h"

namespace fletching {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

Wait within(std::chrono::nanoseconds span) {
  Wait wait;
  wait.deadline = Deadline::after(span);
  return wait;
}

// Accepts connections one after the other; `talk` gets each one's descriptor.
class RawServer {
 public:
  explicit RawServer(std::function<void(int)> talk, int kind = SOCK_STREAM)
      : talk_(std::move(talk)) {
    fd_ = ::socket(AF_INET, kind | SOCK_CLOEXEC, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&in), sizeof in);
    socklen_t size = sizeof in;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&in), &size);
    port = ntohs(in.sin_port);
    if (kind == SOCK_STREAM) ::listen(fd_, 16);
    thread_ = std::thread([this, kind] {
      while (true) {
        pollfd fds[] = {{fd_, POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
        ::poll(fds, 2, -1);
        if (fds[1].revents != 0) return;
        if (kind != SOCK_STREAM) {
          talk_(fd_);
          continue;
        }
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        talk_(fd);
        ::close(fd);
      }
    });
  }
  ~RawServer() {
    stop_.set();
    thread_.join();
    ::close(fd_);
  }
  uint16_t port = 0;

 private:
  std::function<void(int)> talk_;
  int fd_ = -1;
  Event stop_;
  std::thread thread_;
};

std::string read_until(int fd, const std::string& end) {
  std::string text;
  char c = 0;
  while (!text.ends_with(end) && ::recv(fd, &c, 1, 0) == 1) text += c;
  return text;
}

void say(int fd, const std::string& text) {
  (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

ChannelOptions to(uint16_t port, const std::string& host = "127.0.0.1") {
  ChannelOptions options;
  options.host = host;
  options.port = port;
  options.connect_timeout = 10s;
  return options;
}

Error why_not(const ChannelOptions& options, const Wait& wait = within(20s)) {
  try {
    (void)Channel::connect(options, wait);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "connected";
  return Error(Code::kOk, "");
}

bool has(const Error& e, std::string_view part) {
  return e.message().find(part) != std::string::npos;
}

// ---- what answers ----

TEST(Connect, ClosedPortSaysSo) {
  uint16_t port = 0;
  {
    port = ServerForTest().port();
  }
  const Error e = why_not(to(port));
  EXPECT_EQ(e.code(), Code::kIo);
  EXPECT_EQ(e.sqlstate(), "08001");
  EXPECT_TRUE(has(e, "refused")) << e.message();
  EXPECT_TRUE(has(e, "127.0.0.1:" + std::to_string(port)));
}

TEST(Connect, Http11IsNamed) {
  RawServer server([](int fd) {
    say(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    read_until(fd, "\r\n\r\n");
  });
  const Error e = why_not(to(server.port));
  EXPECT_EQ(e.sqlstate(), "08001");
  EXPECT_TRUE(has(e, "HTTP/1.1 400 Bad Request")) << e.message();
}

TEST(Connect, OtherProtocolsAreNamed) {
  RawServer server([](int fd) {
    say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
    read_until(fd, "\r\n\r\n");
  });
  EXPECT_TRUE(has(why_not(to(server.port)), "SSH-2.0"));
  RawServer mute([](int) {});
  const Error e = why_not(to(mute.port));
  EXPECT_EQ(e.sqlstate(), "08001") << e.message();
}

// A server that speaks before it has read: all it said is named, not the five bytes
// OpenSSL takes of a record first.
TEST(Connect, PlaintextAnswersToTlsAreNamed) {
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  const std::string page = "HTTP/1.1 400 Bad Request\r\n\r\n";
  for (const auto& [answer, name] :
       {std::pair(settings, "plaintext HTTP/2"), std::pair(page, "400 Bad Request")}) {
    RawServer server([&answer](int fd) {
      say(fd, answer);
      read_until(fd, "until the client has gone");
    });
    auto options = to(server.port);
    options.tls.enabled = true;
    options.tls.verify = false;
    const Error e = why_not(options);
    EXPECT_EQ(e.sqlstate(), "08001");
    EXPECT_TRUE(has(e, name)) << e.message();
  }
}

TEST(Connect, ASilentServerEndsAtTheLimit) {
  Event stop;
  RawServer server([&](int) {
    pollfd fd{stop.fd(), POLLIN, 0};
    ::poll(&fd, 1, 10'000);
  });
  auto options = to(server.port);
  options.connect_timeout = 150ms;
  const auto began = Clock::now();
  const Error e = why_not(options);
  stop.set();
  EXPECT_EQ(e.code(), Code::kTimeout);
  EXPECT_EQ(e.sqlstate(), "08001");
  EXPECT_TRUE(has(e, "150 ms")) << e.message();
  EXPECT_LT(Clock::now() - began, 5s);
}

TEST(Preface, OnlySettingsMayComeFirst) {
  const auto view = [](const std::string& s) {
    return std::span(reinterpret_cast<const uint8_t*>(s.data()), s.size());
  };
  EXPECT_EQ(not_http2(view("\0\0\x12\x04\0\0\0\0\0"s)), std::nullopt);
  EXPECT_EQ(not_http2(view("\0\0"s)), std::nullopt);
  EXPECT_TRUE(not_http2(view("\0\0\x08\x06\0\0\0\0\0"s)));
  EXPECT_NE(not_http2(view("\x15\x03\x01\0\2"s))->find("TLS"), std::string::npos);
  EXPECT_NE(not_http2(view("HTTP/1.0 200"))->find("HTTP/1.1"), std::string::npos);
}

// ---- unix sockets ----

TEST(Connect, UnixSocket) {
  const std::string path = testing::TempDir() + "fletching_test.sock";
  ServerForTest server({.unix_path = path});
  ChannelOptions options;
  options.unix_path = path;
  auto channel = Channel::connect(options, within(10s));
  EXPECT_EQ(channel->peer().address, "unix:" + path);
  EXPECT_GT(channel->ping(within(5s)), 0ns);
  options.unix_path = path + ".none";
  EXPECT_EQ(why_not(options).sqlstate(), "08001");
  options.unix_path = std::string(200, 'x');
  EXPECT_EQ(why_not(options).code(), Code::kInvalidArgument);
  ::unlink(path.c_str());
}

// ---- names ----

// A name server that knows one name; hears of others and says NXDOMAIN, or nothing.
void answer_dns(int fd, bool mute) {
  uint8_t packet[512];
  sockaddr_in from{};
  socklen_t size = sizeof from;
  const ssize_t n = ::recvfrom(fd, packet, sizeof packet, 0,
                               reinterpret_cast<sockaddr*>(&from), &size);
  if (n < 17 || mute) return;
  std::string reply(reinterpret_cast<char*>(packet), static_cast<size_t>(n));
  const size_t end = reply.find('\0', 12);
  reply.resize(end + 5);  // header and question only
  const int type = reply[end + 2];
  const bool known = reply.substr(13, 2) == "db";
  reply[2] = '\x81';
  reply[3] = known ? '\x80' : '\x83';
  reply[6] = '\0';
  reply[7] = known && type == 1 ? '\1' : '\0';
  reply[8] = reply[9] = reply[10] = reply[11] = '\0';
  if (reply[7] == '\1') reply += "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1"s;
  ::sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
}

TEST(Resolver, LiteralsAndLocalhostAskNobody) {
  const Wait wait = within(5s);
  EXPECT_EQ(resolve("10.1.2.3", 7, "127.0.0.1:1", wait)[0].text(), "10.1.2.3:7");
  EXPECT_EQ(resolve("::1", 7, "127.0.0.1:1", wait)[0].text(), "[::1]:7");
  const auto local = resolve("LOCALHOST", 7, "127.0.0.1:1", wait);
  ASSERT_EQ(local.size(), 2u);
  EXPECT_TRUE(local[0].is_loopback() && local[1].is_loopback());
}

TEST(Resolver, AsksTheNameServer) {
  RawServer dns([](int fd) { answer_dns(fd, false); }, SOCK_DGRAM);
  const std::string servers = "127.0.0.1:" + std::to_string(dns.port);
  const auto found = resolve("db.example.test", 80, servers, within(10s));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].text(), "127.0.0.1:80");
  try {
    (void)resolve("no.example.test", 80, servers, within(10s));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.sqlstate(), "08001");
    EXPECT_TRUE(has(e, "no.example.test")) << e.message();
  }
}

TEST(Resolver, ConnectsThroughIt) {
  RawServer dns([](int fd) { answer_dns(fd, false); }, SOCK_DGRAM);
  ServerForTest server;
  auto options = to(server.port(), "db.example.test");
  options.dns_servers = "127.0.0.1:" + std::to_string(dns.port);
  EXPECT_GT(Channel::connect(options, within(10s))->ping(within(5s)), 0ns);
}

TEST(Resolver, DeadNameServerCanBeCancelledAndHasALimit) {
  RawServer dns([](int fd) { answer_dns(fd, true); }, SOCK_DGRAM);
  auto options = to(80, "db.example.test");
  options.dns_servers = "127.0.0.1:" + std::to_string(dns.port);
  options.connect_timeout = 200ms;
  auto began = Clock::now();
  EXPECT_EQ(why_not(options).code(), Code::kTimeout);
  EXPECT_LT(Clock::now() - began, 2s);
  CancelToken token;
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    token.cancel();
  });
  options.connect_timeout = 20s;
  Wait wait = within(20s);
  wait.cancel = &token;
  began = Clock::now();
  EXPECT_EQ(why_not(options, wait).code(), Code::kCancelled);
  EXPECT_LT(Clock::now() - began, 2s);
  other.join();
}

TEST(TcpConnect, FamiliesAlternate) {
  std::vector<Address> in;
  for (const char* a : {"::1", "::2", "::3", "10.0.0.1"})
    in.push_back(literal_address(a, 1));
  const auto out = alternate_families(in);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].text(), "[::1]:1");
  EXPECT_EQ(out[1].text(), "10.0.0.1:1");
  EXPECT_EQ(out[3].text(), "[::3]:1");
}

// A backlog that is full drops SYNs: the first address never answers.
TEST(TcpConnect, ABlackHoleIsOvertaken) {
  const int hole = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(hole, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
  ASSERT_EQ(::listen(hole, 0), 0);
  socklen_t size = sizeof in;
  ::getsockname(hole, reinterpret_cast<sockaddr*>(&in), &size);
  const uint16_t port = ntohs(in.sin_port);
  std::vector<Fd> fill;
  int error = 0;
  for (int i = 0; i < 4; ++i)
    fill.push_back(begin_connect(literal_address("127.0.0.1", port), &error));
  ServerForTest server;
  const auto began = Clock::now();
  const Connected c = connect_any(
      {literal_address("127.0.0.1", port), literal_address("127.0.0.1", server.port())},
      "test", within(10s));
  EXPECT_EQ(c.address.text(), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_GE(Clock::now() - began, 240ms);
  EXPECT_LT(Clock::now() - began, 3s);
  ::close(hole);
}

TEST(TcpConnect, EveryAddressIsInTheError) {
  uint16_t port = 0;
  {
    port = ServerForTest().port();
  }
  try {
    (void)connect_any(
        {literal_address("127.0.0.1", port), literal_address("::1", port)}, "test",
        within(5s));
    FAIL();
  } catch (const Error& e) {
    EXPECT_TRUE(has(e, "127.0.0.1")) << e.message();
    EXPECT_TRUE(has(e, "[::1]")) << e.message();
  }
}

// ---- proxies ----

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST(Proxy, NoProxyLists) {
  struct Case {
    const char* list;
    const char* host;
    bool covered;
  };
  const Case cases[] = {
      {"*", "a.b", true},
      {"example.com", "example.com", true},
      {"example.com", "DB.Example.Com", true},
      {".example.com", "db.example.com", true},
      {"*.example.com", "db.example.com", true},
      {"example.com", "badexample.com", false},
      {"a, example.com:443 ,b", "example.com", true},
      {"example.com:80", "example.com", false},
      {"10.0.0.0/8", "10.9.8.7", true},
      {"10.0.0.0/8", "11.9.8.7", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3:443", "10.1.2.3", true},
      {"[::1]:443", "::1", true},
      {"::/0", "::1", true},
      {"fe80::/10", "::1", false},
      {"10.0.0.0/33", "10.0.0.1", false},
      {"", "a", false},
      {",,", "a", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(no_proxy_covers(c.list, c.host, 443), c.covered)
        << c.list << " " << c.host;
  }
}

TEST(Proxy, IsChosenFromOptionThenEnvironment) {
  for (const char* name :
       {"grpc_proxy", "GRPC_PROXY", "https_proxy", "HTTPS_PROXY", "http_proxy",
        "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "no_grpc_proxy"}) {
    ::unsetenv(name);  // a machine's own settings
  }
  auto options = to(443, "db.example.com");
  EXPECT_FALSE(choose_proxy(options));
  const Environment https("HTTPS_PROXY", "http://u%40x:p%3Aw@proxy.test:3128");
  auto proxy = choose_proxy(options);
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "proxy.test");
  EXPECT_EQ(proxy->port, 3128);
  EXPECT_EQ(proxy->authorization, "Basic dUB4OnA6dw==");
  EXPECT_FALSE(choose_proxy(to(443, "127.0.0.1")));
  {
    const Environment none("no_proxy", ".example.com");
    EXPECT_FALSE(choose_proxy(options));
    options.proxy = "other:1";
    EXPECT_EQ(choose_proxy(options)->host, "other");
    options.no_proxy = "db.example.com";
    EXPECT_FALSE(choose_proxy(options));
  }
  options.no_proxy.reset();
  options.proxy = "";
  EXPECT_FALSE(choose_proxy(options));
  options.proxy = "socks5://u:secret@proxy:1";
  try {
    (void)choose_proxy(options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_FALSE(has(e, "secret")) << e.message();
  }
}

// Copies both ways until either side ends.
void relay(int a, int b) {
  char buffer[65536];
  while (true) {
    pollfd fds[] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    if (::poll(fds, 2, 10'000) <= 0) return;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].revents == 0) continue;
      const ssize_t n = ::recv(fds[i].fd, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      say(fds[1 - i].fd, std::string(buffer, static_cast<size_t>(n)));
    }
  }
}

TEST(Proxy, TunnelsWithCredentials) {
  ServerForTest server;
  std::string heard;
  RawServer proxy([&](int fd) {
    heard = read_until(fd, "\r\n\r\n");
    const int onward = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Address target = literal_address("127.0.0.1", server.port());
    ASSERT_EQ(::connect(onward, reinterpret_cast<const sockaddr*>(&target.storage),
                        target.size),
              0);
    say(fd, "HTTP/1.1 200 Http2Connection established\r\nX: y\r\n\r\n");
    relay(fd, onward);
    ::close(onward);
  });
  auto options = to(8815, "db.example.com");
  options.proxy = "http://me:pw@127.0.0.1:" + std::to_string(proxy.port);
  {
    auto channel = Channel::connect(options, within(10s));
    EXPECT_GT(channel->ping(within(5s)), 0ns);
    EXPECT_EQ(channel->peer().proxy, "127.0.0.1:" + std::to_string(proxy.port));
  }
  EXPECT_TRUE(heard.starts_with("CONNECT db.example.com:8815 HTTP/1.1\r\n")) << heard;
  EXPECT_NE(heard.find("Proxy-Authorization: Basic bWU6cHc=\r\n"), std::string::npos);
}

TEST(Proxy, RefusalsAreQuoted) {
  struct Case {
    std::string reply;
    const char* part;
  };
  for (const Case& c :
       {Case{"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user and password"},
        Case{"HTTP/1.0 403 Forbidden\r\nA: b\r\n\r\n", "403 Forbidden"},
        Case{"220 ftp ready\r\n\r\n", "is it an HTTP proxy"},
        Case{std::string(20'000, 'x'), "8 KiB"}, Case{"", "closed"}}) {
    RawServer proxy([&](int fd) {
      read_until(fd, "\r\n\r\n");
      say(fd, c.reply);
    });
    auto options = to(443, "db.example.com");
    options.proxy = "127.0.0.1:" + std::to_string(proxy.port);
    const Error e = why_not(options);
    EXPECT_TRUE(has(e, c.part)) << e.message();
    EXPECT_EQ(e.sqlstate(), "08001");
  }
}

}  // namespace
}  // namespace fletching
