// SPDX-License-Identifier: Apache-2.0
// TLS over a connected socket. OpenSSL never sees the descriptor: it would write
// without MSG_NOSIGNAL.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "transport/byte_stream.h"
#include "transport/channel.h"
#include "transport/socket.h"
#include "transport/tls_context.h"

struct ssl_st;
struct bio_st;
struct bio_method_st;
struct x509_store_ctx_st;

namespace fletching {

class TlsStream final : public ByteStream {
 public:
  // `host` is the name to send and verify, unless options.server_name says otherwise.
  TlsStream(Fd fd, const TlsOptions& options, const std::string& host,
            Protocol protocol = Protocol::kGrpc);
  ~TlsStream() override;

  enum class Handshake : uint8_t { kDone, kWantsRead, kWantsWrite };
  // One step, never waits. Throws kIo with SQLSTATE 08001 that says what is wrong:
  // certificate, name, roots tried, a plaintext port, another protocol.
  Handshake handshake();

  // After the handshake.
  void describe(PeerInfo& peer) const;

  Result receive(std::span<const iovec> pieces) override;
  Result send(std::span<const iovec> pieces) override;
  bool flush() override;
  int fd() const noexcept override { return fd_.get(); }
  bool wants_write() const noexcept override { return out_at_ < out_.size(); }
  bool buffered() const noexcept override { return maybe_more_; }
  void abandon() noexcept override { const Fd gone = std::move(fd_); }

 private:
  static bio_method_st* method();
  static int bio_write(bio_st* bio, const char* data, size_t size, size_t* written);
  static int bio_read(bio_st* bio, char* data, size_t size, size_t* got);
  static long bio_ctrl(bio_st* bio, int command, long number, void* pointer);

  static int on_certificate_request(ssl_st* ssl, void* self);
  // The connection ended before the server said anything.
  void check_hung_up() const;
  static int on_verify(int ok, x509_store_ctx_st* chain);
  [[nodiscard]] Error handshake_error(int ssl_error) const;
  [[nodiscard]] Error broken(const char* doing, int ssl_error) const;
  void keep_first(std::span<const uint8_t> bytes);
  [[nodiscard]] std::string plaintext_answer() const;
  void check_alpn() const;
  [[nodiscard]] Result stopped(size_t total);
  size_t stage(std::span<const iovec> pieces);
  ssize_t receive_ahead(std::span<uint8_t> into);

  Fd fd_;
  std::shared_ptr<const TlsContext> context_;
  std::string name_;
  std::string refused_;  // the certificate that was not accepted, in words
  ssl_st* ssl_ = nullptr;
  std::vector<uint8_t> out_;  // records that the kernel has not taken
  size_t out_at_ = 0;
  std::array<uint8_t, 16384> record_;  // plaintext gathered for one record
  size_t record_size_ = 0;
  std::array<uint8_t, 512> ahead_;  // received behind what OpenSSL asked for
  size_t ahead_at_ = 0;
  size_t ahead_size_ = 0;
  std::array<uint8_t, 64> first_{};  // the peer's first bytes, to name what it is
  size_t first_size_ = 0;
  int socket_error_ = 0;  // errno, sticky
  bool eof_ = false;
  bool maybe_more_ = false;
  bool established_ = false;
  Protocol protocol_;
  bool has_certificate_ = false;
  bool certificate_wanted_ = false;
  bool heard_ = false;  // application data
};

}  // namespace fletching
