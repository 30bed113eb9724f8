// SPDX-License-Identifier: Apache-2.0
// Ports that do not speak HTTP/2, and the control port.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "scenario.h"

namespace fletching::fault {
namespace {

constexpr std::string_view kPage =
    "<html><head><title>400 The plain HTTP request was sent to HTTPS "
    "port</title></head>"
    "<body>token=page-secret</body></html>";

std::string garbage() {
  std::string out;
  for (uint32_t i = 0, x = 12345; i < 512; ++i, x = x * 1664525U + 1013904223U) {
    out += static_cast<char>(x >> 24);
  }
  return out;
}

class RawPeer final : public Peer {
 public:
  RawPeer(Host& host, std::unique_ptr<Wire> wire, std::string mode)
      : wire_(std::move(wire)), mode_(std::move(mode)) {
    host.stats().counts["connections"]++;
    if (mode_ == "close") dead_ = true;
    if (mode_ == "abort") {
      wire_->reset_on_close();
      dead_ = true;
    }
    if (mode_ == "ssh") wire_->send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
    if (mode_ == "garbage") wire_->send(garbage());
    wire_->flush();
  }
  [[nodiscard]] int fd() const override { return wire_->fd(); }
  [[nodiscard]] bool is_client() const override { return true; }
  [[nodiscard]] short events() const override {
    return static_cast<short>(POLLIN | (wire_->queued() > 0 ? POLLOUT : 0));
  }
  void ready(short) override {
    std::string plain;
    if (!wire_->receive(plain)) dead_ = true;
    if (mode_ == "http1" && !plain.empty() && !answered_) {
      answered_ = true;
      wire_->send(
          "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\n"
          "Connection: close\r\nContent-Length: " +
          std::to_string(kPage.size()) + "\r\n\r\n" + std::string(kPage));
    }
    if (!wire_->flush()) dead_ = true;
    if (answered_ && wire_->queued() == 0) wire_->half_close();
  }
  [[nodiscard]] bool dead() const override { return dead_; }

 private:
  std::unique_ptr<Wire> wire_;
  std::string mode_;
  bool answered_ = false, dead_ = false;
};

class ControlPeer final : public Peer {
 public:
  ControlPeer(Host& host, int fd) : host_(host), wire_(fd, nullptr) {}
  [[nodiscard]] int fd() const override { return wire_.fd(); }
  [[nodiscard]] short events() const override {
    return static_cast<short>(POLLIN | (wire_.queued() > 0 ? POLLOUT : 0));
  }
  void ready(short) override {
    if (!wire_.receive(in_)) dead_ = true;
    for (size_t end = 0; (end = in_.find('\n')) != std::string::npos;) {
      wire_.send(obey(in_.substr(0, end)) + "\n");
      in_.erase(0, end + 1);
    }
    if (!wire_.flush()) dead_ = true;
  }
  [[nodiscard]] bool dead() const override { return dead_; }

 private:
  std::string obey(const std::string& line) {
    auto space = line.find(' ');
    auto verb = line.substr(0, space);
    std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (verb == "stats") return host_.stats().json();
    if (verb == "executions") return std::to_string(host_.stats().executions[rest]);
    if (verb == "rpcs") return std::to_string(host_.stats().rpcs[rest]);
    if (verb == "count") return std::to_string(host_.stats().counts[rest]);
    if (verb == "scenarios") return scenarios_json();
    if (verb == "listen") return std::to_string(host_.listen(rest, false));
    if (verb == "listen-tls") return std::to_string(host_.listen(rest, true));
    if (verb == "dead-port") return std::to_string(host_.dead_port());
    if (verb == "reset") {
      host_.reset();
      return "\"ok\"";
    }
    return "{\"error\":" + json_text("no such command: " + verb) + "}";
  }

  Host& host_;
  Wire wire_;
  std::string in_;
  bool dead_ = false;
};

}  // namespace

std::unique_ptr<Peer> make_raw(Host& host, std::unique_ptr<Wire> wire,
                               const std::string& mode) {
  return std::make_unique<RawPeer>(host, std::move(wire), mode);
}

std::unique_ptr<Peer> make_control(Host& host, int fd) {
  return std::make_unique<ControlPeer>(host, fd);
}

}  // namespace fletching::fault
