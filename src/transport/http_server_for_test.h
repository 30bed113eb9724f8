// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on loopback whose answers are bytes, right or wrong, that a test
// gives. One thread a connection. Tests only.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/wait.h"

namespace fletching {

class HttpServerForTest {
 public:
  struct Request {
    std::string method, target, body;
    std::map<std::string, std::string> headers;  // lower-case names
    int connection = 0;                          // from 1
    int number = 0;                              // of all requests, from 1
  };
  struct Reply {
    std::string bytes;
    bool close = false;  // the connection, after the bytes
    bool hang = false;   // says nothing more, until the server goes
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit HttpServerForTest(Handler handler, SSL_CTX* tls = nullptr)
      : handler_(std::move(handler)), tls_(tls) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
    socklen_t size = sizeof in;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&in), &size);
    port_ = ntohs(in.sin_port);
    EXPECT_EQ(::listen(listener_, 64), 0);
    acceptor_ = std::thread([this] { accept_loop(); });
  }
  ~HttpServerForTest() {
    stop_ = true;
    wake_.set();
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
    SSL_CTX_free(tls_);
  }
  HttpServerForTest(const HttpServerForTest&) = delete;
  HttpServerForTest& operator=(const HttpServerForTest&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return accepted_; }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int closed() const { return closed_; }  // connections, by the server

  // Status line, length and body.
  static std::string answer(int status, const std::string& body,
                            const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " Some Reason\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  struct Peer {
    int fd;
    SSL* ssl = nullptr;
    std::string in;
    int number = 0;
  };

  void accept_loop() {
    while (true) {
      pollfd fds[] = {{listener_, POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
      ::poll(fds, 2, -1);
      if (stop_) return;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const int one = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const int number = ++accepted_;
      threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
  }

  void serve(int fd, int number) {
    Peer peer{fd, nullptr, {}, number};
    if (tls_ != nullptr) {
      peer.ssl = SSL_new(tls_);
      SSL_set_fd(peer.ssl, fd);
      if (SSL_accept(peer.ssl) != 1) ERR_clear_error();
    }
    Request request;
    while (read_request(peer, request)) {
      const Reply reply = handler_(request);
      if (!write(peer, reply.bytes)) break;
      if (reply.hang) wait_readable(peer, false);
      if (reply.hang || reply.close) break;
      request = Request();
    }
    SSL_free(peer.ssl);
    ::shutdown(fd, SHUT_RDWR);
    ::close(fd);
    ++closed_;
  }

  // False when the server goes.
  bool wait_readable(const Peer& peer, bool socket) {
    if (socket && peer.ssl != nullptr && SSL_pending(peer.ssl) > 0) return true;
    pollfd fds[] = {{socket ? peer.fd : -1, POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
    ::poll(fds, 2, -1);
    return !stop_;
  }

  bool read_more(Peer& peer) {
    if (!wait_readable(peer, true)) return false;
    char buffer[16384];
    const auto n = peer.ssl != nullptr
                       ? SSL_read(peer.ssl, buffer, sizeof buffer)
                       : static_cast<int>(::recv(peer.fd, buffer, sizeof buffer, 0));
    ERR_clear_error();
    if (n <= 0) return false;
    peer.in.append(buffer, static_cast<size_t>(n));
    return true;
  }

  bool read_request(Peer& peer, Request& out) {
    size_t end = 0;
    while ((end = peer.in.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more(peer)) return false;
    }
    const std::string head = peer.in.substr(0, end);
    peer.in.erase(0, end + 4);
    parse_head(head, out);
    const auto length = out.headers.find("content-length");
    const size_t size = length == out.headers.end() ? 0 : std::stoul(length->second);
    while (peer.in.size() < size) {
      if (!read_more(peer)) return false;
    }
    out.body = peer.in.substr(0, size);
    peer.in.erase(0, size);
    out.connection = peer.number;
    out.number = ++requests_;
    return true;
  }

  static void parse_head(const std::string& head, Request& out) {
    const size_t blank = head.find(' ');
    out.method = head.substr(0, blank);
    out.target = head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1);
    size_t at = head.find("\r\n");
    while (at != std::string::npos) {
      const size_t next = head.find("\r\n", at + 2);
      const std::string line = head.substr(at + 2, next - at - 2);
      const size_t colon = line.find(": ");
      out.headers[line.substr(0, colon)] = line.substr(colon + 2);
      at = next;
    }
  }

  static bool write(Peer& peer, const std::string& bytes) {
    size_t at = 0;
    while (at < bytes.size()) {
      const auto left = bytes.size() - at;
      const ssize_t n =
          peer.ssl != nullptr
              ? SSL_write(peer.ssl, bytes.data() + at, static_cast<int>(left))
              : ::send(peer.fd, bytes.data() + at, left, MSG_NOSIGNAL);
      ERR_clear_error();
      if (n <= 0) return false;
      at += static_cast<size_t>(n);
    }
    return true;
  }

  Handler handler_;
  SSL_CTX* tls_;
  int listener_ = -1;
  uint16_t port_ = 0;
  Event wake_;
  std::atomic<bool> stop_{false};
  std::atomic<int> accepted_{0}, requests_{0}, closed_{0};
  std::thread acceptor_;
  std::list<std::thread> threads_;
};

}  // namespace fletching
