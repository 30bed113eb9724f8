// SPDX-License-Identifier: Apache-2.0
// One accepted socket, with or without TLS, and its queue of bytes to send.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace fletching::fault {

struct SslDelete {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }
};

class Wire {
 public:
  Wire(int fd, SSL_CTX* tls);  // takes the descriptor
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  // Reads what there is into `plain`; false at the end of the connection.
  bool receive(std::string& plain);
  void send(std::string_view plain);
  // Writes as much as the kernel takes; false if the connection is broken.
  bool flush();
  [[nodiscard]] size_t queued() const { return out_.size() - sent_; }
  void half_close();      // FIN, after everything has been flushed
  void reset_on_close();  // the close will be a TCP reset
  [[nodiscard]] std::string alpn() const;

 private:
  bool turn(std::string& plain);

  int fd_;
  std::unique_ptr<SSL, SslDelete> ssl_;
  BIO* in_ = nullptr;  // owned by ssl_
  BIO* cipher_ = nullptr;
  std::string waiting_;  // plain bytes that wait for the handshake
  std::string out_;
  size_t sent_ = 0;
};

// A context for `alpn` ("h2", "http/1.1", or "" to choose none) with the key and
// certificate (PEM files).
[[nodiscard]] std::unique_ptr<SSL_CTX, SslDelete> make_tls(const std::string& cert,
                                                           const std::string& key,
                                                           const std::string& alpn);
// Writes a new self-signed certificate for localhost and 127.0.0.1 and its key.
void write_certificate(const std::string& cert, const std::string& key);

}  // namespace fletching::fault
