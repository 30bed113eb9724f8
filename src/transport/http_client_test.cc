// SPDX-License-Identifier: Apache-2.0
#include "transport/http_client.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/fork_gate.h"
#include "transport/certificates_for_test.h"
#include "transport/http_server_for_test.h"
#include "transport/socket.h"

namespace fletching {
namespace {

using namespace std::chrono_literals;
using Server = HttpServerForTest;
using Reply = Server::Reply;
using Request = Server::Request;

Wait within(std::chrono::nanoseconds span) { return {Deadline::after(span)}; }

HttpOptions to(const Server& server) {
  HttpOptions options;
  options.channel.host = "127.0.0.1";
  options.channel.port = server.port();
  options.channel.proxy = "";
  return options;
}

Reply ok(const std::string& body) { return {Server::answer(200, body)}; }

HttpRequest get(std::string target) {
  return {.target = std::move(target), .repeatable = true};
}
HttpRequest post(std::string target, std::string body) {
  return {.method = "POST", .target = std::move(target), .body = std::move(body)};
}

template <class Body>
Error error_of(Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return Error(Code::kOk, "");
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(HttpClient, SendsWhatItIsToldAndKeepsTheConnection) {
  std::vector<Request> seen;
  Server server([&](const Request& request) {
    seen.push_back(request);
    return ok("{}");
  });
  HttpOptions options = to(server);
  options.headers = {{"authorization", "Basic c2VjcmV0"}, {"x-own", "1"}};
  options.channel.user_agent = "me/1";
  auto client = HttpClient::create(options);
  client->connect(within(10s));
  auto response = client->send(post("/v3/sessions?a=%20b", R"({"x":1})"), within(10s));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{}");
  HttpRequest request = get("/");
  request.headers = {{"x-own", "2"}};
  (void)client->send(request, within(10s));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].target, "/v3/sessions?a=%20b");
  EXPECT_EQ(seen[0].body, R"({"x":1})");
  EXPECT_EQ(seen[0].headers["authorization"], "Basic c2VjcmV0");
  EXPECT_EQ(seen[0].headers["content-type"], "application/json");
  EXPECT_EQ(seen[0].headers["host"], "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(seen[0].headers["user-agent"], "me/1");
  EXPECT_EQ(seen[1].headers["x-own"], "2");
  EXPECT_EQ(seen[1].headers.count("content-length"), 0u);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(client->peer().address, "127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpClient, LargeBodiesGoBothWays) {
  std::string big(20 << 20, 'x');
  for (size_t i = 0; i < big.size(); i += 997) big[i] = static_cast<char>('a' + i % 26);
  Server server([](const Request& request) { return ok(request.body); });
  auto client = HttpClient::create(to(server));
  EXPECT_EQ(client->send(post("/", big), within(60s)).body, big);
}

TEST(HttpClient, AnAnswerBeforeTheEndOfTheRequestIsTaken) {
  // A server that refuses by the head alone, and closes.
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
  socklen_t size = sizeof in;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&in), &size);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  std::thread server([&] {
    const Fd peer(::accept(listener.get(), nullptr, nullptr));
    char buffer[1024];
    (void)::recv(peer.get(), buffer, sizeof buffer, 0);
    const std::string answer =
        "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    (void)::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    pollfd gone{peer.get(), POLLHUP, 0};
    while ((::poll(&gone, 1, 20'000) == 1) && (gone.revents & POLLHUP) == 0) {
      if (::recv(peer.get(), buffer, sizeof buffer, MSG_DONTWAIT) == 0) break;
      std::this_thread::sleep_for(1ms);
      break;
    }
    ::shutdown(peer.get(), SHUT_WR);
    while (::recv(peer.get(), buffer, sizeof buffer, 0) > 0) {
    }
  });
  HttpOptions options;
  options.channel.host = "127.0.0.1";
  options.channel.port = ntohs(in.sin_port);
  options.channel.proxy = "";
  {
    auto client = HttpClient::create(options);
    EXPECT_EQ(client->send(post("/", std::string(64 << 20, 'x')), within(60s)).status,
              413);
  }
  server.join();
}

TEST(HttpClient, EveryStatusIsAnAnswer) {
  Server server([](const Request& request) {
    return Reply{Server::answer(std::stoi(request.target.substr(1)), "why")};
  });
  auto client = HttpClient::create(to(server));
  for (const int status : {302, 400, 404, 409, 500}) {
    HttpRequest request = get("/" + std::to_string(status));
    EXPECT_EQ(client->send(request, within(10s)).status, status);
  }
  EXPECT_EQ(server.requests(), 5);
}

TEST(HttpClient, RepeatableRequestsAreRepeated) {
  Server server([](const Request& request) -> Reply {
    if (request.number == 1) return {"", true};
    if (request.number == 2) return {Server::answer(503, "")};
    if (request.number == 3)
      return {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", true};
    return ok("here");
  });
  auto client = HttpClient::create(to(server));
  EXPECT_EQ(client->send(get("/"), within(30s)).body, "here");
  EXPECT_EQ(server.requests(), 4);
}

TEST(HttpClient, TheLastAnswerStandsWhenAttemptsAreUsedUp) {
  Server server([](const Request&) { return Reply{Server::answer(503, "away")}; });
  HttpOptions options = to(server);
  options.retries = 1;
  auto client = HttpClient::create(options);
  const auto response = client->send(get("/"), within(30s));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "away");
  EXPECT_EQ(server.requests(), 2);
}

TEST(HttpClient, WhatMayHaveRunIsNeverSentTwice) {
  Server server([](const Request&) { return Reply{"", true}; });
  auto client = HttpClient::create(to(server));
  const Error e = error_of([&] { (void)client->send(post("/", "{}"), within(10s)); });
  EXPECT_EQ(e.code(), Code::kIo);
  EXPECT_EQ(e.sqlstate(), "08006");
  EXPECT_TRUE(has(e.message(), "may have been carried out")) << e.message();
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpClient, AKeptConnectionThatTheServerHasClosedIsReplaced) {
  Server server([](const Request&) { return Reply{Server::answer(200, "ok"), true}; });
  auto client = HttpClient::create(to(server));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client->send(post("/", "{}"), within(10s)).body, "ok");
    while (server.closed() <= i) std::this_thread::yield();
  }
  EXPECT_EQ(server.requests(), 5);
}

TEST(HttpClient, RetryAfterIsHonoured) {
  Clock::time_point first;
  Clock::time_point second;
  Server server([&](const Request& request) -> Reply {
    (request.number == 1 ? first : second) = Clock::now();
    if (request.number > 1) return ok("");
    return {Server::answer(429, "", "Retry-After: 1\r\n")};
  });
  auto client = HttpClient::create(to(server));
  EXPECT_EQ(client->send(get("/"), within(30s)).status, 200);
  EXPECT_GE(second - first, 1s);
}

TEST(HttpClient, APauseBeyondTheDeadlineIsNotWaitedFor) {
  Server server([](const Request&) {
    return Reply{Server::answer(429, "later", "Retry-After: 3600\r\n")};
  });
  auto client = HttpClient::create(to(server));
  EXPECT_EQ(client->send(get("/"), within(30s)).status, 429);
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpClient, RetryAfterIsReadAsSecondsOrDate) {
  const auto of = [](const std::string& value) {
    return retry_after({.status = 429, .headers = {{"retry-after", value}}});
  };
  EXPECT_EQ(of("3"), 3s);
  EXPECT_EQ(of("Wed, 21 Oct 2015 07:28:00 GMT"), 0s);
  EXPECT_GT(of("Fri, 31 Dec 2999 23:59:59 GMT"), 24h);
  EXPECT_GT(of("99999999999999999999"), 24h);
  for (const char* bad : {"", "-1", "soon", "1.5"}) EXPECT_EQ(of(bad), 0s) << bad;
  EXPECT_EQ(retry_after({}), 0s);
}

TEST(HttpClient, ASilentServerIsGivenUp) {
  Server server(
      [](const Request&) { return Reply{"HTTP/1.1 200 OK\r\n", false, true}; });
  HttpOptions options = to(server);
  options.silence_timeout = 200ms;
  auto client = HttpClient::create(options);
  const Error e = error_of([&] { (void)client->send(post("/", "{}"), within(30s)); });
  EXPECT_EQ(e.code(), Code::kIo);
  EXPECT_TRUE(has(e.message(), "said nothing")) << e.message();
}

TEST(HttpClient, DeadlineAndCancelEndAnyWait) {
  Server server([](const Request&) { return Reply{"", false, true}; });
  auto client = HttpClient::create(to(server));
  EXPECT_EQ(error_of([&] { (void)client->send(get("/"), within(200ms)); }).code(),
            Code::kTimeout);
  CancelToken cancel;
  std::thread soon([&] {
    while (server.requests() < 2) std::this_thread::sleep_for(1ms);
    cancel.cancel();
  });
  Wait wait = within(60s);
  wait.cancel = &cancel;
  const auto began = Clock::now();
  EXPECT_EQ(error_of([&] { (void)client->send(get("/"), wait); }).code(),
            Code::kCancelled);
  EXPECT_LT(Clock::now() - began, 30s);
  soon.join();
}

TEST(HttpClient, AnEndlessAnswerStillTicks) {
  struct Stop : Tick {
    int left = 3;
    void tick() override {
      if (--left == 0) throw std::runtime_error("interrupted");
    }
  } stop;
  std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 4 << 20; ++i) endless += "1\r\nx\r\n";
  Server server([&](const Request&) { return Reply{endless, false, true}; });
  auto client = HttpClient::create(to(server));
  Wait wait = within(60s);
  wait.tick = &stop;
  EXPECT_THROW((void)client->send(get("/"), wait), std::runtime_error);
}

TEST(HttpClient, WhoIsNotThereIsNamed) {
  uint16_t port = 0;
  {
    Server server([](const Request&) { return ok(""); });
    port = server.port();
  }
  HttpOptions options;
  options.channel.host = "127.0.0.1";
  options.channel.port = port;
  auto client = HttpClient::create(options);
  const Error e = error_of([&] { client->connect(within(10s)); });
  EXPECT_EQ(e.code(), Code::kIo);
  EXPECT_EQ(e.sqlstate(), "08001");
  EXPECT_TRUE(has(e.message(), std::to_string(port))) << e.message();
}

TEST(HttpClient, RequestsCannotBeSplit) {
  Server server([](const Request&) { return ok(""); });
  auto client = HttpClient::create(to(server));
  for (const char* target : {"/a b", "/a\r\nx: y", "a", "", "http://else/", "/\x7f"}) {
    EXPECT_EQ(error_of([&] { (void)client->send(get(target), within(5s)); }).code(),
              Code::kInvalidArgument)
        << target;
  }
  HttpRequest request = get("/");
  request.headers = {{"x", "a\r\nb: c"}};
  EXPECT_EQ(error_of([&] { (void)client->send(request, within(5s)); }).code(),
            Code::kInvalidArgument);
  request.headers = {{"host", "other"}};
  EXPECT_EQ(error_of([&] { (void)client->send(request, within(5s)); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(server.requests(), 0);
}

TEST(HttpClient, NamesStayOneSegment) {
  EXPECT_EQ(path_segment("a/b?x=1#y z"), "a%2Fb%3Fx%3D1%23y%20z");
  for (const char* name : {"", ".", ".."}) {
    EXPECT_EQ(error_of([&] { (void)path_segment(name); }).code(),
              Code::kInvalidArgument);
  }
}

TEST(HttpClient, UrlsOfAServerLoseTheirHost) {
  EXPECT_EQ(target_of_url("https://evil.test:1/a/b?page_token=x%3D"),
            "/a/b?page_token=x%3D");
  EXPECT_EQ(target_of_url("/v3/x/result/1?rowFormat=JSON"),
            "/v3/x/result/1?rowFormat=JSON");
  EXPECT_EQ(target_of_url("https://evil.test"), "/");
  EXPECT_EQ(target_of_url("https://h?x#y"), "/?x");
  for (const char* bad :
       {"", "result/1", "//evil.test/x", "/a b", "/a\nb", "https://h/\r\nX: y"}) {
    EXPECT_EQ(error_of([&] { (void)target_of_url(bad); }).code(), Code::kInvalidData)
        << bad;
  }
}

TEST(HttpClient, ManyThreadsShareIt) {
  Server server([](const Request& request) { return ok(request.target); });
  auto client = HttpClient::create(to(server));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
        if (client->send(get(target), within(60s)).body != target) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(server.connections(), 800);
}

TEST(HttpClient, AForkedChildLeavesTheConnectionAlone) {
  const Identity ca = make("CA", nullptr, nullptr);
  const Identity leaf = make("server", &ca, "IP:127.0.0.1");
  Server server(
      [](const Request& request) { return ok(std::to_string(request.connection)); },
      server_context(leaf, nullptr, "\10http/1.1"));
  HttpOptions options = to(server);
  options.channel.tls.enabled = true;
  options.channel.tls.roots = ca.certificate_pem();
  auto client = HttpClient::create(options);
  EXPECT_EQ(client->send(post("/", "{}"), within(20s)).body, "1");
  EXPECT_EQ(client->peer().alpn, "http/1.1");
  const pid_t child = ::fork();
  if (child == 0) {
    // A request of its own takes a connection of its own.
    std::string body;
    try {
      body = client->send(get("/"), within(20s)).body;
      client.reset();
    } catch (const Error&) {
      body = "?";
    }
    ::_exit(body == "2" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(client->send(post("/", "{}"), within(20s)).body, "1");
}

TEST(HttpClient, TlsServersAreVerified) {
  const Identity ca = make("CA", nullptr, nullptr);
  const Identity other = make("Other", nullptr, nullptr);
  const Identity leaf = make("server", &ca, "IP:127.0.0.1");
  const Identity mine = make("me", &ca, nullptr);
  Server server([](const Request&) { return ok("safe"); },
                server_context(leaf, &ca, nullptr));
  HttpOptions options = to(server);
  options.channel.tls.enabled = true;
  options.channel.tls.roots = other.certificate_pem();
  const auto sent = [&] {
    return HttpClient::create(options)->send(post("/", "{}"), within(20s)).body;
  };
  EXPECT_TRUE(has(error_of(sent).message(), "certificate is not accepted"));
  options.channel.tls.roots = ca.certificate_pem();
  EXPECT_TRUE(has(error_of(sent).message(), "client certificate"));
  options.channel.tls.cert_chain = mine.certificate_pem();
  options.channel.tls.private_key = mine.key_pem();
  EXPECT_EQ(sent(), "safe");
}

TEST(HttpClient, AServerOfAnotherProtocolIsNamed) {
  const Identity ca = make("CA", nullptr, nullptr);
  const Identity leaf = make("server", &ca, "IP:127.0.0.1");
  Server grpc([](const Request&) { return ok(""); }, server_context(leaf));
  HttpOptions options = to(grpc);
  const Error plain = error_of(
      [&] { (void)HttpClient::create(options)->send(post("/", ""), within(9s)); });
  EXPECT_TRUE(has(plain.message(), "connection") || has(plain.message(), "TLS alert"))
      << plain.message();
  options.channel.tls.enabled = true;
  options.channel.tls.roots = ca.certificate_pem();
  const Error tls = error_of(
      [&] { (void)HttpClient::create(options)->send(post("/", ""), within(9s)); });
  EXPECT_EQ(tls.sqlstate(), "08001") << tls.message();
}

}  // namespace
}  // namespace fletching
