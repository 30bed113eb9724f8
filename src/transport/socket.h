// SPDX-License-Identifier: Apache-2.0
// Sockets: non-blocking, close-on-exec, tuned for gRPC. No function here waits.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "transport/byte_stream.h"

namespace fletching {

// Owns a descriptor; -1 is none.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// One address to connect to.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
  // "127.0.0.1:80", "[::1]:80", "unix:/path".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_loopback() const noexcept;
};

// An IPv4 or IPv6 literal (a zone such as fe80::1%eth0 too); size 0 if it is neither.
[[nodiscard]] Address literal_address(std::string_view host, uint16_t port);
// Throws kInvalidArgument if the path is too long.
[[nodiscard]] Address unix_address(std::string_view path);

// Begins connecting: TCP_NODELAY, keepalive after 60 s, TCP_USER_TIMEOUT 20 s. On
// failure an empty Fd and *error = errno. EINPROGRESS is success.
[[nodiscard]] Fd begin_connect(const Address& address, int* error);
// The outcome of a connect() that poll reported: 0 or an errno.
[[nodiscard]] int connect_result(int fd) noexcept;

[[nodiscard]] std::string errno_text(int error);

// A ByteStream over a connected socket. send() never raises SIGPIPE.
[[nodiscard]] std::unique_ptr<ByteStream> plain_stream(Fd fd);

// recvmsg and sendmsg as the streams use them: a count, 0 for EOF, or -errno (-EAGAIN
// to wait).
[[nodiscard]] ssize_t receive_some(int fd, std::span<const iovec> pieces) noexcept;
[[nodiscard]] ssize_t send_some(int fd, std::span<const iovec> pieces) noexcept;

}  // namespace fletching
