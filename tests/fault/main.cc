// SPDX-License-Identifier: Apache-2.0
// fault_server: a Flight SQL server for tests that does what servers should not.
// README.md says how to drive it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

#include "modes.h"
#include "peer.h"
#include "scenario.h"
#include "service.h"

namespace fletching::fault {
namespace {

struct Options {
  uint16_t port = 0, control = 0;
  std::string cert, key;
  std::string make_cert;  // a directory: write cert.pem and key.pem there and use them
  std::string mode = "main";
  bool tls = false;
};

int listen_on_loopback(uint16_t port, bool begin = true) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0 ||
      (begin && ::listen(fd, 1024) != 0)) {
    throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
  }
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_in at{};
  socklen_t size = sizeof(at);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin_port);
}

class Program final : public Host {
 public:
  explicit Program(const Options& options) : options_(options), service_(*this) {
    if (!options_.make_cert.empty()) {
      options_.cert = options_.make_cert + "/cert.pem";
      options_.key = options_.make_cert + "/key.pem";
      write_certificate(options_.cert, options_.key);
    }
  }

  Stats& stats() override { return stats_; }
  uint64_t next_connection() override { return ++connections_; }
  Script answer(const Request& request) override { return service_.answer(request); }
  uint16_t listen(const std::string& mode, bool tls) override;
  uint16_t dead_port() override {
    if (dead_fd_ < 0) dead_fd_ = listen_on_loopback(0, false);
    return port_of(dead_fd_);
  }
  void reset() override {
    stats_ = {};
    service_.reset();
    drop_clients_ = true;
    for (const auto& peer : peers_) {  // at once: who asked may connect right after
      if (peer->is_client()) ::shutdown(peer->fd(), SHUT_RDWR);
    }
  }

  uint16_t open_port(uint16_t port, const std::string& mode, bool tls);
  uint16_t open_control(uint16_t port);
  void run();

 private:
  class Listener;
  SSL_CTX* tls_for(const std::string& mode);

  Options options_;
  Stats stats_;
  Service service_;
  std::vector<std::unique_ptr<Peer>> peers_, newcomers_;
  std::map<std::string, uint16_t> ports_;
  std::map<std::string, std::unique_ptr<SSL_CTX, SslDelete>> contexts_;
  uint64_t connections_ = 0;
  int dead_fd_ = -1;
  bool drop_clients_ = false;
};

class Program::Listener final : public Peer {
 public:
  Listener(Program& program, int fd, std::string mode, bool tls)
      : program_(program), fd_(fd), mode_(std::move(mode)), tls_(tls) {}
  ~Listener() override { ::close(fd_); }
  [[nodiscard]] int fd() const override { return fd_; }
  [[nodiscard]] short events() const override { return POLLIN; }
  [[nodiscard]] bool dead() const override { return false; }
  void ready(short) override {
    for (;;) {
      int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
      program_.newcomers_.push_back(welcome(fd));
    }
  }

 private:
  std::unique_ptr<Peer> welcome(int fd) {
    if (mode_ == "control") return make_control(program_, fd);
    auto wire = std::make_unique<Wire>(fd, tls_ ? program_.tls_for(mode_) : nullptr);
    if (is_raw_mode(mode_)) return make_raw(program_, std::move(wire), mode_);
    return make_http2(program_, std::move(wire), mode_, tls_);
  }

  Program& program_;
  int fd_;
  std::string mode_;
  bool tls_;
};

SSL_CTX* Program::tls_for(const std::string& mode) {
  std::string alpn = "h2";
  if (mode == "no-alpn") alpn = "";
  if (mode == "alpn-http1") alpn = "http/1.1";
  auto& context = contexts_[alpn];
  if (!context) context = make_tls(options_.cert, options_.key, alpn);
  return context.get();
}

uint16_t Program::open_port(uint16_t port, const std::string& mode, bool tls) {
  if (tls) tls_for(mode);  // a bad certificate file fails here
  int fd = listen_on_loopback(port);
  newcomers_.push_back(std::make_unique<Listener>(*this, fd, mode, tls));
  return port_of(fd);
}

uint16_t Program::open_control(uint16_t port) {
  return open_port(port, "control", false);
}

uint16_t Program::listen(const std::string& mode, bool tls) {
  auto& port = ports_[mode + (tls ? "+tls" : "")];
  bool known = false;
  for (const auto& one : kModes) known = known || one.name == mode;
  if (port == 0 && known && (!tls || !options_.cert.empty())) {
    port = open_port(0, mode, tls);
  }
  return port;
}

void Program::run() {
  for (;;) {
    for (auto& peer : newcomers_) peers_.push_back(std::move(peer));
    newcomers_.clear();
    if (drop_clients_) {
      std::erase_if(peers_, [](const auto& peer) { return peer->is_client(); });
      drop_clients_ = false;
    }
    std::erase_if(peers_, [](const auto& peer) { return peer->dead(); });
    std::vector<pollfd> fds;
    int wait = -1;
    auto now = Clock::now();
    for (const auto& peer : peers_) {
      fds.push_back({peer->fd(), peer->events(), 0});
      if (auto at = peer->wake()) {
        auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(*at - now).count() +
            1;
        int ms = left < 0 ? 0 : static_cast<int>(left);
        wait = wait < 0 || ms < wait ? ms : wait;
      }
    }
    if (::poll(fds.data(), fds.size(), wait) < 0 && errno != EINTR) return;
    now = Clock::now();
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents != 0) peers_[i]->ready(fds[i].revents);
      if (auto at = peers_[i]->wake(); at && *at <= now) peers_[i]->tick(now);
    }
  }
}

Options parse(int argc, char** argv) {
  Options out;
  auto value = [&](int& i) -> std::string {
    if (i + 1 >= argc)
      throw std::runtime_error(std::string(argv[i]) + " needs a value");
    return argv[++i];
  };
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--port") {
      out.port = static_cast<uint16_t>(std::stoi(value(i)));
    } else if (name == "--control") {
      out.control = static_cast<uint16_t>(std::stoi(value(i)));
    } else if (name == "--tls") {
      out.tls = true;
      out.cert = value(i);
      out.key = value(i);
    } else if (name == "--make-certificate") {
      out.make_cert = value(i);
    } else if (name == "--mode") {
      out.mode = value(i);
    } else if (name == "--with-parent") {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    } else if (name == "--list") {
      std::puts(scenarios_json().c_str());
      std::exit(0);
    } else {
      throw std::runtime_error("no such option: " + std::string(name));
    }
  }
  return out;
}

int serve(int argc, char** argv) {
  auto options = parse(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  rlimit stack{256U << 20, 256U << 20};  // deep schemas are written recursively
  ::setrlimit(RLIMIT_STACK, &stack);
  Program program(options);
  auto port = program.open_port(options.port, options.mode, options.tls);
  auto control = program.open_control(options.control);
  std::printf("listening on grpc%s://127.0.0.1:%d\n", options.tls ? "+tls" : "", port);
  std::printf("control on 127.0.0.1:%d\n", control);
  std::fflush(stdout);
  program.run();
  return 0;
}

}  // namespace
}  // namespace fletching::fault

int main(int argc, char** argv) {
  try {
    return fletching::fault::serve(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fault_server: %s\n", error.what());
    return 2;
  }
}
