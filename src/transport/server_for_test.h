// SPDX-License-Identifier: Apache-2.0
// A small gRPC-like server on loopback for the tests of this layer: nghttp2's server
// side, one thread a connection, answers chosen by the path. Tests only.
//
//   /t/Echo               every message back, OK when the client has ended
//   /t/Stream/N/SIZE      N messages of SIZE bytes, OK
//   /t/Status/CODE        trailers only
//   /t/Bomb               a gzip message of 1 GiB in 1 MiB
//   /t/Never              no answer          /t/Headers         headers, then nothing
//   /t/Blank              grpc-message with a blank at its end
//   /t/Giant              a trailer of 70 KiB
//   /t/Deaf               no answer, and takes no more than the window
//   /t/Early[Reset]       an error at once, reading nothing [and RST NO_ERROR]
//   /t/Reset/CODE         RST_STREAM         /t/Cut             messages, then no
//   status /t/Html               a page             /t/Drop            closes the
//   connection /t/GoAway             GOAWAY that covers this call, which is answered
//   after it /t/GoAwayBelow        GOAWAY that does not cover it /t/Freeze the
//   connection neither reads nor writes any more
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/fork_gate.h"
#include "base/wait.h"
#include "transport/bomb_for_test.h"

namespace fletching {

struct ServerSettings {
  uint32_t max_streams = 100;
  uint32_t window = 1 << 20;
  SSL_CTX* tls = nullptr;  // freed by the server
  std::string unix_path;
  std::chrono::milliseconds delay{0};  // before the first byte of an answer of /t/Echo
};

class ServerForTest {
 public:
  explicit ServerForTest(ServerSettings settings = {})
      : settings_(std::move(settings)) {
    listen();
    acceptor_ = std::thread([this] { accept_loop(); });
  }
  ~ServerForTest() {
    stop_ = true;
    wake_.set();
    acceptor_.join();
    for (auto& c : connections_) {
      c->wake.set();
      c->thread.join();
    }
    ::close(listener_);
    SSL_CTX_free(settings_.tls);
  }
  ServerForTest(const ServerForTest&) = delete;
  ServerForTest& operator=(const ServerForTest&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return accepted_; }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int resets() const { return resets_; }  // RST from clients
  [[nodiscard]] int pings() const { return pings_; }    // of clients
  [[nodiscard]] int pongs() const { return pongs_; }
  [[nodiscard]] int goodbyes() const { return goodbyes_; }  // close_notify, GOAWAY
  [[nodiscard]] std::string last_header(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return last_headers_[name];
  }
  void ping_clients() { command(1); }
  void drop_clients() { command(2); }

 private:
  struct Connection;
  struct Stream {
    Connection* connection;
    int32_t id = 0;
    std::string path;
    std::string in;
    std::string out;
    size_t out_at = 0;
    bool ended = false;     // by the client
    bool answered = false;  // headers submitted
    bool finished = false;  // trailers are to follow `out`
    std::vector<std::pair<std::string, std::string>> trailers;
  };
  struct Connection {
    ServerForTest* server;
    int fd = -1;
    SSL* ssl = nullptr;
    nghttp2_session* session = nullptr;
    std::map<int32_t, Stream> streams;
    std::thread thread;
    Event wake;
    std::atomic<int> commands{0};
    bool drop = false;
    bool frozen = false;
    std::string pending;  // bytes for the socket
  };

  void command(int what) {
    const std::lock_guard lock(mutex_);
    for (auto& c : connections_) {
      c->commands |= what;
      c->wake.set();
    }
  }

  void listen() {
    const bool local = !settings_.unix_path.empty();
    listener_ = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (local) {
      sockaddr_un un{};
      un.sun_family = AF_UNIX;
      std::strncpy(un.sun_path, settings_.unix_path.c_str(), sizeof un.sun_path - 1);
      ::unlink(un.sun_path);
      ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&un), sizeof un), 0);
    } else {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
      socklen_t size = sizeof in;
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&in), &size);
      port_ = ntohs(in.sin_port);
    }
    ASSERT_EQ(::listen(listener_, 64), 0);
  }

  // Sleeps outside the fork gate, for tests that fork while this process's server
  // works.
  static void sleep(std::span<pollfd> fds, int ms) {
    const ForkGate::Outside outside;
    ::poll(fds.data(), fds.size(), ms);
  }

  void accept_loop() {
    const ForkGate::Pass pass;
    while (!stop_) {
      pollfd fds[] = {{listener_, POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
      sleep(fds, -1);
      if (stop_) return;
      if ((fds[0].revents & POLLIN) == 0) continue;
      const int fd =
          ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) continue;
      const int one = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      ++accepted_;
      const std::lock_guard lock(mutex_);
      connections_.push_back(std::make_unique<Connection>());
      Connection* c = connections_.back().get();
      c->server = this;
      c->fd = fd;
      c->thread = std::thread([this, c] { serve(*c); });
    }
  }

  // ---- one connection ----
  void serve(Connection& c) {
    const ForkGate::Pass pass;
    if (settings_.tls != nullptr) {
      c.ssl = SSL_new(settings_.tls);
      SSL_set_fd(c.ssl, c.fd);
      SSL_set_accept_state(c.ssl);
    }
    open_session(c);
    std::vector<uint8_t> buffer(256 * 1024);
    while (!stop_ && !c.drop) {
      if (!c.frozen && (!read_some(c, buffer) || !write_some(c))) break;
      pollfd fds[] = {{c.frozen ? -1 : c.fd, POLLIN, 0}, {c.wake.fd(), POLLIN, 0}};
      if (!c.pending.empty()) fds[0].events |= POLLOUT;
      sleep(fds, 1000);
      c.wake.clear();
      const int commands = c.commands.exchange(0);
      if ((commands & 1) != 0) nghttp2_submit_ping(c.session, 0, nullptr);
      if ((commands & 2) != 0) c.drop = true;
    }
    nghttp2_session_del(c.session);
    SSL_free(c.ssl);
    ::close(c.fd);
  }

  bool read_some(Connection& c, std::vector<uint8_t>& buffer) {
    while (true) {
      ssize_t n = 0;
      if (c.ssl != nullptr) {
        ERR_clear_error();
        n = SSL_read(c.ssl, buffer.data(), static_cast<int>(buffer.size()));
        if (n <= 0) {
          const int error = SSL_get_error(c.ssl, static_cast<int>(n));
          if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            return true;
          if (error == SSL_ERROR_ZERO_RETURN) ++goodbyes_;
          return false;
        }
      } else {
        n = ::recv(c.fd, buffer.data(), buffer.size(), 0);
        if (n < 0) return errno == EAGAIN;
        if (n == 0) return false;
      }
      if (nghttp2_session_mem_recv(c.session, buffer.data(), static_cast<size_t>(n)) <
          0) {
        return false;
      }
      if (c.frozen) return true;
    }
  }

  bool write_some(Connection& c) {
    while (true) {
      while (c.pending.size() < (1u << 20)) {
        const uint8_t* data = nullptr;
        const ssize_t n = nghttp2_session_mem_send(c.session, &data);
        if (n <= 0) break;
        c.pending.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
      }
      if (c.pending.empty()) {
        return nghttp2_session_want_read(c.session) != 0;
      }
      ssize_t n = 0;
      if (c.ssl != nullptr) {
        ERR_clear_error();
        n = SSL_write(c.ssl, c.pending.data(), static_cast<int>(c.pending.size()));
        if (n <= 0) {
          const int error = SSL_get_error(c.ssl, static_cast<int>(n));
          return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
        }
      } else {
        n = ::send(c.fd, c.pending.data(), c.pending.size(), MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN;
      }
      c.pending.erase(0, static_cast<size_t>(n));
    }
  }

  void open_session(Connection& c) {
    nghttp2_session_callbacks* cb = nullptr;
    nghttp2_session_callbacks_new(&cb);
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        cb, [](nghttp2_session*, const nghttp2_frame* f, void* u) {
          auto& c = *static_cast<Connection*>(u);
          c.streams[f->hd.stream_id] =
              Stream{&c, f->hd.stream_id, "", "", "", 0, false, false, false, {}};
          return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        cb, [](nghttp2_session*, const nghttp2_frame* f, const uint8_t* n, size_t nl,
               const uint8_t* v, size_t vl, uint8_t, void* u) {
          auto& c = *static_cast<Connection*>(u);
          const std::string name(reinterpret_cast<const char*>(n), nl);
          const std::string value(reinterpret_cast<const char*>(v), vl);
          if (name == ":path") c.streams[f->hd.stream_id].path = value;
          const std::lock_guard lock(c.server->mutex_);
          c.server->last_headers_[name] = value;
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        cb, [](nghttp2_session*, const nghttp2_frame* f, void* u) {
          auto& c = *static_cast<Connection*>(u);
          c.server->on_frame(c, *f);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        cb, [](nghttp2_session* session, const nghttp2_frame* f, void* u) {
          auto& c = *static_cast<Connection*>(u);
          const auto it = c.streams.find(f->hd.stream_id);
          if (f->hd.type == NGHTTP2_HEADERS && it != c.streams.end() &&
              it->second.path == "/t/EarlyReset") {
            nghttp2_submit_rst_stream(session, 0, f->hd.stream_id, 0);
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        cb,
        [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* d, size_t n, void* u) {
          auto& c = *static_cast<Connection*>(u);
          const auto it = c.streams.find(id);
          if (it == c.streams.end()) return 0;
          // These read nothing: the client's credit is used up.
          const std::string& path = it->second.path;
          if (path.starts_with("/t/Early") || path == "/t/Deaf") return 0;
          it->second.in.append(reinterpret_cast<const char*>(d), n);
          nghttp2_session_consume(c.session, id, n);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        cb, [](nghttp2_session*, int32_t id, uint32_t, void* u) {
          static_cast<Connection*>(u)->streams.erase(id);
          return 0;
        });
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    nghttp2_session_server_new2(&c.session, cb, &c, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(cb);
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings_.max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings_.window},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1 << 20}};
    nghttp2_submit_settings(c.session, 0, entries, 3);
    nghttp2_session_set_local_window_size(c.session, 0, 0, 1 << 24);
  }

  void on_frame(Connection& c, const nghttp2_frame& f) {
    if (f.hd.type == NGHTTP2_PING) {
      ++((f.hd.flags & NGHTTP2_FLAG_ACK) != 0 ? pongs_ : pings_);
    }
    if (f.hd.type == NGHTTP2_RST_STREAM) ++resets_;
    if (f.hd.type == NGHTTP2_GOAWAY && settings_.tls == nullptr) ++goodbyes_;
    if (f.hd.type != NGHTTP2_HEADERS && f.hd.type != NGHTTP2_DATA) return;
    const auto it = c.streams.find(f.hd.stream_id);
    if (it == c.streams.end()) return;
    Stream& s = it->second;
    if ((f.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) s.ended = true;
    if (f.hd.type == NGHTTP2_HEADERS) ++requests_;
    const bool early = s.path.starts_with("/t/Early") && f.hd.type == NGHTTP2_HEADERS;
    if (s.path == "/t/Echo") {
      echo(c, s);
    } else if (s.ended || early) {
      answer(c, s);
    }
  }

  static void headers(Connection& c, Stream& s, const char* type = "application/grpc",
                      const char* status = "200", const char* encoding = "identity") {
    const nghttp2_nv nv[] = {field(":status", status), field("content-type", type),
                             field("grpc-encoding", encoding)};
    nghttp2_data_provider provider{};
    provider.source.ptr = &s;
    provider.read_callback = [](nghttp2_session* session, int32_t id, uint8_t* buf,
                                size_t n, uint32_t* flags, nghttp2_data_source* source,
                                void*) -> ssize_t {
      auto& s = *static_cast<Stream*>(source->ptr);
      const size_t k = std::min(n, s.out.size() - s.out_at);
      std::memcpy(buf, s.out.data() + s.out_at, k);
      s.out_at += k;
      if (s.out_at == s.out.size()) {
        if (!s.finished && k == 0) return NGHTTP2_ERR_DEFERRED;
        if (s.finished) {
          *flags |= NGHTTP2_DATA_FLAG_EOF;
          if (!s.trailers.empty()) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            std::vector<nghttp2_nv> nv;
            for (auto& [a, b] : s.trailers) nv.push_back(field(a.c_str(), b.c_str()));
            nghttp2_submit_trailer(session, id, nv.data(), nv.size());
          }
        }
      }
      return static_cast<ssize_t>(k);
    };
    s.answered = true;
    nghttp2_submit_response(c.session, s.id, nv, 3, &provider);
  }

  static nghttp2_nv field(const char* name, const char* value) {
    return {reinterpret_cast<uint8_t*>(const_cast<char*>(name)),
            reinterpret_cast<uint8_t*>(const_cast<char*>(value)), std::strlen(name),
            std::strlen(value), NGHTTP2_NV_FLAG_NONE};
  }

  static void trailers_only(Connection& c, Stream& s, const std::string& code,
                            const std::string& message) {
    const nghttp2_nv nv[] = {
        field(":status", "200"), field("content-type", "application/grpc"),
        field("grpc-status", code.c_str()), field("grpc-message", message.c_str())};
    nghttp2_submit_response(c.session, s.id, nv, 4, nullptr);
  }

  static void finish(Stream& s, const char* code = "0") {
    s.trailers.emplace_back("grpc-status", code);
    s.finished = true;
  }

  void echo(Connection& c, Stream& s) {
    if (!s.answered) {
      if (settings_.delay.count() > 0) std::this_thread::sleep_for(settings_.delay);
      headers(c, s);
    }
    s.out += s.in;
    s.in.clear();
    if (s.ended && !s.finished) finish(s);
    nghttp2_session_resume_data(c.session, s.id);
  }

  static const std::string& bomb_message() {
    static const std::string message = [] {
      const std::string bomb = bomb_for_test("\x0a\xf0\xff\xff\xff\x03");
      std::string out(1, '\1');
      for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(bomb.size() >> shift & 0xff);
      }
      return out + bomb;
    }();
    return message;
  }

  void answer(Connection& c, Stream& s) {
    const std::string& p = s.path;
    const auto rest = [&](const char* prefix) { return p.substr(std::strlen(prefix)); };
    if (p.starts_with("/t/Stream/")) {
      const std::string spec = rest("/t/Stream/");
      const int count = std::stoi(spec);
      const size_t size = std::stoul(spec.substr(spec.find('/') + 1));
      std::string one(1, '\0');
      for (int shift = 24; shift >= 0; shift -= 8) {
        one += static_cast<char>(size >> shift & 0xff);
      }
      one += std::string(size, 'd');
      for (int i = 0; i < count; ++i) s.out += one;
      finish(s);
      headers(c, s);
    } else if (p.starts_with("/t/Status/")) {
      trailers_only(c, s, rest("/t/Status/"), "as%20asked");
    } else if (p == "/t/Blank") {
      trailers_only(c, s, "3", "syntax error near ");
    } else if (p == "/t/Giant") {
      finish(s, "13");
      s.trailers.emplace_back("grpc-message", std::string(70'000, 'x'));
      headers(c, s);
    } else if (p.starts_with("/t/Early")) {
      trailers_only(c, s, "8", "enough");
    } else if (p.starts_with("/t/Reset/")) {
      nghttp2_submit_rst_stream(c.session, 0, s.id,
                                static_cast<uint32_t>(std::stoi(rest("/t/Reset/"))));
    } else if (p == "/t/Headers") {
      headers(c, s);
    } else if (p == "/t/Cut") {
      s.out = std::string("\0\0\0\0\1x", 6);
      s.finished = true;
      headers(c, s);
    } else if (p == "/t/Bomb") {
      s.out = bomb_message();
      finish(s);
      headers(c, s, "application/grpc", "200", "gzip");
    } else if (p == "/t/Html") {
      s.out = "<html><h1>It works!</h1></html>";
      s.finished = true;
      headers(c, s, "text/html", "404");
    } else if (p == "/t/Drop") {
      c.drop = true;
    } else if (p == "/t/GoAway") {
      nghttp2_submit_goaway(c.session, 0, s.id, NGHTTP2_NO_ERROR, nullptr, 0);
      trailers_only(c, s, "0", "");
    } else if (p == "/t/GoAwayBelow") {
      const std::string why = "too_many_pings";
      nghttp2_submit_goaway(c.session, 0, std::max(s.id - 2, 0),
                            NGHTTP2_ENHANCE_YOUR_CALM,
                            reinterpret_cast<const uint8_t*>(why.data()), why.size());
    } else if (p == "/t/Freeze") {
      c.frozen = true;
    }
  }

  ServerSettings settings_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> accepted_{0}, requests_{0}, resets_{0}, pings_{0}, pongs_{0},
      goodbyes_{0};
  Event wake_;
  std::mutex mutex_;
  std::map<std::string, std::string> last_headers_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::thread acceptor_;
};

}  // namespace fletching
