// SPDX-License-Identifier: Apache-2.0
#include "transport/connector.h"

#include <poll.h>

#include <cerrno>

#include "base/fork_gate.h"
#include "base/uri.h"
#include "transport/proxy.h"
#include "transport/resolver.h"
#include "transport/socket.h"
#include "transport/tcp_connect.h"
#include "transport/tls_stream.h"

namespace fletching {
namespace {

// A tick may fork; then this connection attempt is the parent's.
class SameProcess {
 public:
  void check() const {
    if (generation_ != ForkGate::generation()) {
      throw Error(Code::kInvalidState, "connect: the process was forked meanwhile");
    }
  }
  bool holds() const noexcept { return generation_ == ForkGate::generation(); }

 private:
  uint32_t generation_ = ForkGate::generation();
};

void wait_fd(int fd, short events, const Wait& wait, const char* doing) {
  pollfd one{fd, events, 0};
  wait_for({&one, 1}, wait, doing);
}

void send_all(int fd, std::string_view text, const Wait& wait) {
  while (!text.empty()) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    const ssize_t n = send_some(fd, {&piece, 1});
    if (n == -EAGAIN) {
      wait_fd(fd, POLLOUT, wait, "proxy");
    } else if (n < 0) {
      throw Error(Code::kIo, "proxy: " + errno_text(static_cast<int>(-n)), "08001");
    } else {
      text.remove_prefix(static_cast<size_t>(n));
    }
  }
}

void open_tunnel(int fd, const Proxy& proxy, const ChannelOptions& options,
                 const Wait& wait) {
  send_all(fd, connect_request(proxy, options.host, options.port), wait);
  ConnectReply reply;
  while (true) {
    uint8_t byte = 0;
    const iovec piece{&byte, 1};
    const ssize_t n = receive_some(fd, {&piece, 1});
    if (n == -EAGAIN) {
      wait_fd(fd, POLLIN, wait, "proxy");
    } else if (n <= 0) {
      throw Error(Code::kIo,
                  "proxy: it closed the connection without an answer to CONNECT "
                  "(is it an HTTP proxy?)",
                  "08001");
    } else if (reply.push(static_cast<char>(byte))) {
      return;
    }
  }
}

std::unique_ptr<ByteStream> start_tls(Fd fd, const ChannelOptions& options,
                                      PeerInfo& peer, const Wait& wait) {
  const SameProcess process;
  auto tls = std::make_unique<TlsStream>(std::move(fd), options.tls, options.host,
                                         options.protocol);
  try {
    while (true) {
      const auto step = tls->handshake();
      if (step == TlsStream::Handshake::kDone) break;
      const bool reading = step == TlsStream::Handshake::kWantsRead;
      wait_fd(tls->fd(), reading ? POLLIN : POLLOUT, wait, "TLS handshake");
      process.check();
    }
  } catch (...) {
    if (!process.holds()) {
      tls->abandon();
      [[maybe_unused]] auto* leaked = tls.release();
    }
    throw;
  }
  tls->describe(peer);
  return tls;
}

Connected open_socket(const ChannelOptions& options, const std::optional<Proxy>& proxy,
                      PeerInfo& peer, const Wait& wait) {
  const auto began = Clock::now();
  if (!options.unix_path.empty()) {
    Connected c =
        connect_any({unix_address(options.unix_path)}, target_text(options), wait);
    peer.connect_time = Clock::now() - began;
    return c;
  }
  const std::string& host = proxy ? proxy->host : options.host;
  const uint16_t port = proxy ? proxy->port : options.port;
  auto addresses = resolve(host, port, options.dns_servers, wait);
  const auto resolved = Clock::now();
  peer.resolve_time = resolved - began;
  const std::string target = format_host_port(host, port);
  Connected c =
      connect_any(std::move(addresses), proxy ? "proxy " + target : target, wait);
  peer.connect_time = Clock::now() - resolved;
  return c;
}

}  // namespace

Error not_in_time(const Error& error, const ChannelOptions& options, bool own_limit) {
  if (error.code() != Code::kTimeout || error.sqlstate() == "08001") return error;
  std::string text = "connect: no connection to " + target_text(options);
  if (own_limit) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(options.connect_timeout);
    text += " within " + std::to_string(ms.count()) + " ms";
  }
  return Error(Code::kTimeout,
               text + " (" + error.message() +
                   "; is the host reachable, or is a firewall dropping packets?)",
               "08001");
}

std::string target_text(const ChannelOptions& options) {
  if (!options.unix_path.empty()) return "unix:" + options.unix_path;
  return format_host_port(options.host, options.port);
}

std::unique_ptr<ByteStream> open_stream(const ChannelOptions& options, PeerInfo& peer,
                                        const Wait& wait) {
  const ForkGate::Pass pass;
  const auto proxy = choose_proxy(options);
  Connected c = open_socket(options, proxy, peer, wait);
  peer.address = c.address.text();
  if (proxy) {
    peer.proxy = format_host_port(proxy->host, proxy->port);
    open_tunnel(c.fd.get(), *proxy, options, wait);
  }
  if (!options.tls.enabled) return plain_stream(std::move(c.fd));
  const auto began = Clock::now();
  auto stream = start_tls(std::move(c.fd), options, peer, wait);
  peer.tls_time = Clock::now() - began;
  return stream;
}

}  // namespace fletching
