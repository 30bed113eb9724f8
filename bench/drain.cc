// SPDX-License-Identifier: Apache-2.0
// The least a client can do: asks a Flight server for one ticket and throws the answer
// away. It looks at frame headers only, so its time is the server's and the kernel's
// (and OpenSSL's with tls). Prints the best wall and CPU seconds of several runs:
//
//   drain HOST PORT plain|tls TICKET RUNS
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "drain: %s\n", what);
  std::exit(1);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Connection {
 public:
  Connection(const char* host, int port, SSL_CTX* tls) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (::inet_pton(AF_INET, host, &address.sin_addr) != 1) die("not an address");
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      die("cannot connect");
    }
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd_);
    static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl_, kAlpn, sizeof kAlpn);
    if (SSL_connect(ssl_) != 1) die("no TLS");
  }
  ~Connection() {
    SSL_free(ssl_);
    ::close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(const std::string& bytes) {
    const int size = static_cast<int>(bytes.size());
    const auto n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), size)
                                   : ::send(fd_, bytes.data(), bytes.size(), 0);
    if (n != size) die("cannot send");
  }
  size_t receive(std::vector<uint8_t>& into) {
    const auto n = ssl_ != nullptr
                       ? SSL_read(ssl_, into.data(), static_cast<int>(into.size()))
                       : ::recv(fd_, into.data(), into.size(), 0);
    if (n <= 0) die("the server hung up");
    return static_cast<size_t>(n);
  }
  const char* cipher() const { return ssl_ ? SSL_get_cipher_name(ssl_) : "none"; }

 private:
  int fd_ = -1;
  SSL* ssl_ = nullptr;
};

std::string number(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string frame(int type, int flags, uint32_t stream, const std::string& payload) {
  return number(payload.size(), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + number(stream, 4) + payload;
}

// An HPACK literal that is not indexed, with a new name (RFC 7541 section 6.2.2).
std::string field(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

std::string request(bool tls, const std::string& ticket) {
  constexpr uint32_t kWindow = 0x7fffffff;
  const std::string settings = number(4, 2) + number(kWindow, 4) +  // stream windows
                               number(5, 2) + number(1 << 20, 4);   // frame size
  const std::string headers =
      field(":method", "POST") + field(":scheme", tls ? "https" : "http") +
      field(":path", "/arrow.flight.protocol.FlightService/DoGet") +
      field(":authority", "127.0.0.1") + field("te", "trailers") +
      field("content-type", "application/grpc");
  const std::string message = "\x0a" + number(ticket.size(), 1) + ticket;
  const std::string prefix = std::string(1, '\0') + number(message.size(), 4);
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, settings) +
         frame(8, 0, 0, number(kWindow - 65535, 4)) + frame(1, 4, 1, headers) +
         frame(0, 1, 1, prefix + message);
}

// Follows the frames to the end of stream 1; true when it has come.
class Frames {
 public:
  bool push(const uint8_t* bytes, size_t size) {
    while (size > 0) {
      if (header_size_ < sizeof header_) {
        const size_t n = std::min(size, sizeof header_ - header_size_);
        std::memcpy(header_ + header_size_, bytes, n);
        header_size_ += n;
        bytes += n;
        size -= n;
        left_ = size_t{header_[0]} << 16 | size_t{header_[1]} << 8 | header_[2];
      } else {
        const size_t n = std::min(size, left_);
        if (header_[3] == 0) data_ += n;
        left_ -= n;
        bytes += n;
        size -= n;
      }
      if (header_size_ == sizeof header_ && left_ == 0) {
        header_size_ = 0;
        if (header_[3] <= 1 && (header_[4] & 1) != 0) return true;
      }
    }
    return false;
  }
  [[nodiscard]] uint64_t data() const { return data_; }

 private:
  uint8_t header_[9] = {};
  size_t header_size_ = 0;
  size_t left_ = 0;
  uint64_t data_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) die("usage: drain HOST PORT plain|tls TICKET RUNS");
  const bool tls = std::strcmp(argv[3], "tls") == 0;
  SSL_CTX* context = tls ? SSL_CTX_new(TLS_client_method()) : nullptr;
  // As all of the compared clients prefer them.
  if (tls) SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  std::vector<uint8_t> buffer(size_t{256} << 10);
  double wall = 1e9;
  double cpu = 1e9;
  uint64_t bytes = 0;
  std::string cipher;
  for (int run = std::atoi(argv[5]); run > 0; --run) {
    Connection connection(argv[1], std::atoi(argv[2]), context);
    cipher = connection.cipher();
    Frames frames;
    const double cpu_before = cpu_seconds();
    const auto before = std::chrono::steady_clock::now();
    connection.send(request(tls, argv[4]));
    size_t n = 0;
    do {
      n = connection.receive(buffer);
    } while (!frames.push(buffer.data(), n));
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - before;
    wall = std::min(wall, took.count());
    cpu = std::min(cpu, cpu_seconds() - cpu_before);
    bytes = frames.data();
  }
  std::printf("{\"wall\": %.6f, \"cpu\": %.6f, \"bytes\": %llu, \"cipher\": \"%s\"}\n",
              wall, cpu, static_cast<unsigned long long>(bytes), cipher.c_str());
}
