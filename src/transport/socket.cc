// SPDX-License-Identifier: Apache-2.0
#include "transport/socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "base/uri.h"
#include "fletching/error.h"

namespace fletching {
namespace {

void set_int(int fd, int level, int option, int value) {
  // Tuning only: an old kernel without the option still connects.
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void tune_tcp(int fd) {
  set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 20'000);
}

Error broken(const char* doing, int error) {
  return Error(Code::kIo, std::string(doing) + ": " + errno_text(error), "08006");
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Fd fd) : fd_(std::move(fd)) {}

  Result receive(std::span<const iovec> pieces) override {
    const ssize_t n = receive_some(fd_.get(), pieces);
    if (n > 0) return {State::kOk, static_cast<size_t>(n)};
    if (n == 0) return {State::kEof, 0};
    if (n == -EAGAIN) return {State::kAgain, 0};
    throw broken("receive", static_cast<int>(-n));
  }

  Result send(std::span<const iovec> pieces) override {
    const ssize_t n = send_some(fd_.get(), pieces);
    if (n > 0) return {State::kOk, static_cast<size_t>(n)};
    if (n == 0 || n == -EAGAIN) return {State::kAgain, 0};
    throw broken("send", static_cast<int>(-n));
  }

  bool flush() override { return true; }
  int fd() const noexcept override { return fd_.get(); }
  bool wants_write() const noexcept override { return false; }
  bool buffered() const noexcept override { return false; }
  void abandon() noexcept override { const Fd gone = std::move(fd_); }

 private:
  Fd fd_;
};

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error) { return std::generic_category().message(error); }

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    return format_host_port(host, ntohs(in.sin_port));
  }
  if (family() == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
    return format_host_port(host, ntohs(in.sin6_port));
  }
  const auto& un = reinterpret_cast<const sockaddr_un&>(storage);
  const size_t prefix = offsetof(sockaddr_un, sun_path);
  if (size > prefix && un.sun_path[0] == '\0') {
    return "unix:@" + std::string(un.sun_path + 1, size - prefix - 1);
  }
  return std::string("unix:") + un.sun_path;
}

bool Address::is_loopback() const noexcept {
  if (family() == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
  }
  if (family() == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
  }
  return family() == AF_UNIX;
}

Address literal_address(std::string_view host, uint16_t port) {
  Address address;
  const size_t percent = host.find('%');
  const std::string name(host.substr(0, percent));
  auto& in4 = reinterpret_cast<sockaddr_in&>(address.storage);
  if (percent == std::string_view::npos &&
      ::inet_pton(AF_INET, name.c_str(), &in4.sin_addr) == 1) {
    in4.sin_family = AF_INET;
    in4.sin_port = htons(port);
    address.size = sizeof in4;
    return address;
  }
  auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET6, name.c_str(), &in6.sin6_addr) == 1) {
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    address.size = sizeof in6;
    if (percent != std::string_view::npos) {
      const std::string zone(host.substr(percent + 1));
      in6.sin6_scope_id = ::if_nametoindex(zone.c_str());
      if (in6.sin6_scope_id == 0) {
        std::from_chars(zone.data(), zone.data() + zone.size(), in6.sin6_scope_id);
      }
    }
    return address;
  }
  return {};
}

Address unix_address(std::string_view path) {
  Address address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.empty() || path.size() >= sizeof un.sun_path) {
    throw Error(Code::kInvalidArgument, "connect: the path of a unix socket has 1 to " +
                                            std::to_string(sizeof un.sun_path - 1) +
                                            " bytes, this one has " +
                                            std::to_string(path.size()));
  }
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.data(), path.size());
  const bool abstract = path[0] == '@';  // the usual notation of Linux's own names
  if (abstract) un.sun_path[0] = '\0';
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                        (abstract ? 0 : 1));
  return address;
}

Fd begin_connect(const Address& address, int* error) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) {
    *error = errno;
    return {};
  }
  if (address.family() != AF_UNIX) tune_tcp(fd.get());
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(fd.get(), target, address.size) != 0 && errno != EINPROGRESS) {
    *error = errno;
    return {};
  }
  *error = 0;
  return fd;
}

int connect_result(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

ssize_t receive_some(int fd, std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // only read
  message.msg_iovlen = pieces.size();
  ssize_t n = 0;
  do {
    n = ::recvmsg(fd, &message, 0);
  } while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

ssize_t send_some(int fd, std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // only read
  message.msg_iovlen = pieces.size();
  ssize_t n = 0;
  do {
    n = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

std::unique_ptr<ByteStream> plain_stream(Fd fd) {
  return std::make_unique<PlainStream>(std::move(fd));
}

}  // namespace fletching
