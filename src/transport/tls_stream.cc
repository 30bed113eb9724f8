// SPDX-License-Identifier: Apache-2.0
#include "transport/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "transport/preface.h"

namespace fletching {
namespace {

constexpr size_t kMaxOut = size_t{256} << 10;
constexpr std::string_view kConnectFailed = "08001";

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (bio == nullptr || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE) < 0) {
    return "?";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(std::max(size, 0L)));
}

std::string time_text(const ASN1_TIME* time) {
  tm when{};
  if (ASN1_TIME_to_tm(time, &when) != 1) return "?";
  char text[32];
  const size_t n = std::strftime(text, sizeof text, "%Y-%m-%d", &when);
  return std::string(text, n);
}

std::string certificate_text(X509* certificate) {
  return "subject " + name_text(X509_get_subject_name(certificate)) + ", issuer " +
         name_text(X509_get_issuer_name(certificate)) + ", valid until " +
         time_text(X509_get0_notAfter(certificate));
}

Error connect_error(std::string text) {
  return Error(Code::kIo, "TLS: " + std::move(text), std::string(kConnectFailed));
}

}  // namespace

bio_method_st* TlsStream::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* m =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fletching");
    if (m == nullptr) throw std::bad_alloc();
    BIO_meth_set_write_ex(m, bio_write);
    BIO_meth_set_read_ex(m, bio_read);
    BIO_meth_set_ctrl(m, bio_ctrl);
    return m;
  }();
  return made;
}

TlsStream::TlsStream(Fd fd, const TlsOptions& options, const std::string& host,
                     Protocol protocol)
    : fd_(std::move(fd)),
      context_(tls_context(options)),
      name_(options.server_name.empty() ? host : options.server_name),
      protocol_(protocol),
      has_certificate_(!options.cert_chain.empty()) {
  ERR_clear_error();
  ssl_ = SSL_new(context_->ctx);
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(method());
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_connect_state(ssl_);
  SSL_set_app_data(ssl_, this);
  SSL_set_cert_cb(ssl_, on_certificate_request, this);
  if (protocol == Protocol::kHttp1) {  // the context offers h2
    static constexpr unsigned char kHttp1[] = {8,   'h', 't', 't', 'p',
                                               '/', '1', '.', '1'};
    SSL_set_alpn_protos(ssl_, kHttp1, sizeof kHttp1);
  }
  if (options.verify) SSL_set_verify(ssl_, SSL_VERIFY_PEER, on_verify);
  const bool literal = literal_address(name_, 0).size != 0;
  if (literal) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), name_.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_, name_.c_str());
    SSL_set1_host(ssl_, name_.c_str());
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
}

// After a failure OpenSSL does not tell which certificate it was about; here it does.
int TlsStream::on_verify(int ok, x509_store_ctx_st* chain) {
  if (ok == 1) return 1;
  const auto* ssl = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& self = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
  X509* certificate = X509_STORE_CTX_get_current_cert(chain);
  try {
    if (certificate != nullptr) self.refused_ = certificate_text(certificate);
  } catch (const std::bad_alloc&) {
    // The error will do without.
  }
  return 0;
}

// In TLS 1.3 a server refuses a client without a certificate only after the handshake,
// and its alert is often lost because it closes the connection at once.
int TlsStream::on_certificate_request(ssl_st*, void* self) {
  static_cast<TlsStream*>(self)->certificate_wanted_ = true;
  return 1;
}

void TlsStream::check_hung_up() const {
  if (heard_ || !certificate_wanted_ || has_certificate_) return;
  throw Error(Code::kIo,
              "TLS: the server asked for a client certificate and hung up (give a "
              "certificate chain and its private key)",
              "08006");
}

TlsStream::~TlsStream() {
  if (fd_ && established_ && socket_error_ == 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_);  // our goodbye only; never waits for the peer's
    if (socket_error_ == 0) {
      const iovec rest{out_.data() + out_at_, out_.size() - out_at_};
      [[maybe_unused]] const ssize_t n = send_some(fd_.get(), {&rest, 1});
    }
  }
  SSL_free(ssl_);
  ERR_clear_error();
}

int TlsStream::bio_write(bio_st* bio, const char* data, size_t size, size_t* written) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *written = 0;
  if (self.out_.size() - self.out_at_ >= kMaxOut) {
    BIO_set_retry_write(bio);
    return 0;
  }
  try {
    self.out_.insert(self.out_.end(), data, data + size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  *written = size;
  return 1;
}

int TlsStream::bio_read(bio_st* bio, char* data, size_t size, size_t* got) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *got = std::min(size, self.ahead_size_ - self.ahead_at_);
  std::memcpy(data, self.ahead_.data() + self.ahead_at_, *got);
  self.ahead_at_ += *got;
  if (*got < size) {
    const ssize_t n =
        self.receive_ahead({reinterpret_cast<uint8_t*>(data) + *got, size - *got});
    if (n > 0) *got += static_cast<size_t>(n);
    if (n == -EAGAIN && *got == 0) BIO_set_retry_read(bio);
  }
  return *got == 0 ? 0 : 1;
}

// OpenSSL asks for a record's header, then for the record, which it decrypts where it
// lies. One call of the kernel brings the record to that place and what comes next, the
// following header or whole small records, behind it. (OpenSSL's own reading ahead
// moves everything it has read with each record it takes.)
ssize_t TlsStream::receive_ahead(std::span<uint8_t> into) {
  if (socket_error_ != 0) return -socket_error_;
  const std::array<iovec, 2> pieces{
      {{into.data(), into.size()}, {ahead_.data(), ahead_.size()}}};
  const ssize_t n = receive_some(fd_.get(), pieces);
  if (n == 0) eof_ = true;
  if (n < 0 && n != -EAGAIN) socket_error_ = static_cast<int>(-n);
  ahead_at_ = 0;
  ahead_size_ = n > 0 ? static_cast<size_t>(n) - std::min<size_t>(n, into.size()) : 0;
  const ssize_t wanted = std::min(n, static_cast<ssize_t>(into.size()));
  if (wanted > 0) {
    keep_first(into.first(static_cast<size_t>(wanted)));
    keep_first({ahead_.data(), ahead_size_});
  }
  return wanted;
}

void TlsStream::keep_first(std::span<const uint8_t> bytes) {
  const size_t keep = std::min(bytes.size(), first_.size() - first_size_);
  std::memcpy(first_.data() + first_size_, bytes.data(), keep);
  first_size_ += keep;
}

long TlsStream::bio_ctrl(bio_st* bio, int command, long, void*) {
  const auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return self.eof_ ? 1 : 0;
    default:
      return 0;
  }
}

bool TlsStream::flush() {
  while (out_at_ < out_.size()) {
    const iovec rest{out_.data() + out_at_, out_.size() - out_at_};
    const ssize_t n = send_some(fd_.get(), {&rest, 1});
    if (n == -EAGAIN) return false;
    if (n <= 0) {
      socket_error_ = n == 0 ? EPIPE : static_cast<int>(-n);
      throw Error(Code::kIo, "send: " + errno_text(socket_error_), "08006");
    }
    out_at_ += static_cast<size_t>(n);
  }
  out_.clear();
  out_at_ = 0;
  return true;
}

TlsStream::Handshake TlsStream::handshake() {
  ERR_clear_error();
  const int rc = SSL_do_handshake(ssl_);
  const int error = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, rc);
  if (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ &&
      error != SSL_ERROR_WANT_WRITE) {
    const Error why = handshake_error(error);
    try {
      flush();  // the alert, so that the server's log says why
    } catch (const Error&) {
    }
    throw why;
  }
  bool flushed = false;
  try {
    flushed = flush();
  } catch (const Error& e) {
    throw connect_error("the connection broke during the handshake: " + e.message());
  }
  if (!flushed) return Handshake::kWantsWrite;
  if (error == SSL_ERROR_WANT_READ) return Handshake::kWantsRead;
  if (error == SSL_ERROR_WANT_WRITE) return Handshake::kWantsWrite;
  check_alpn();
  established_ = true;
  return Handshake::kDone;
}

void TlsStream::check_alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &size);
  const std::string_view alpn(reinterpret_cast<const char*>(chosen), size);
  const bool grpc = protocol_ == Protocol::kGrpc;
  if (alpn.empty() || alpn == (grpc ? "h2" : "http/1.1")) return;
  if (!grpc) {
    throw connect_error("the server chose '" + std::string(alpn) +
                        "' instead of HTTP/1.1 (is it a gRPC server?)");
  }
  throw connect_error("the server chose '" + std::string(alpn) +
                      "' instead of HTTP/2 (this is no gRPC server, or a proxy in "
                      "front of it does not pass HTTP/2 on)");
}

std::string TlsStream::plaintext_answer() const {
  const std::span<const uint8_t> bytes(first_.data(), first_size_);
  constexpr uint8_t kAlert = 0x15, kHandshake = 0x16;
  if (bytes.empty() || bytes[0] == kAlert || bytes[0] == kHandshake) return {};
  return describe_bytes(bytes);
}

Error TlsStream::handshake_error(int ssl_error) const {
  if (const std::string what = plaintext_answer(); !what.empty()) {
    ERR_clear_error();
    return connect_error(
        "the server does not speak TLS on this port, it answered with " + what +
        " (connect without TLS, or to the TLS port)");
  }
  const long verdict = SSL_get_verify_result(ssl_);
  if (verdict != X509_V_OK && ssl_error == SSL_ERROR_SSL) {
    ERR_clear_error();
    std::string text = "the server's certificate is not accepted for '" + name_ +
                       "': " + X509_verify_cert_error_string(verdict);
    if (!refused_.empty()) text += "; " + refused_;
    const bool name = verdict == X509_V_ERR_HOSTNAME_MISMATCH ||
                      verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
    text += name
                ? " (connect by a name in the certificate, or override the server name)"
                : "; roots from " + context_->roots +
                      " (give the CA that signed it as root certificates)";
    return connect_error(std::move(text));
  }
  if (socket_error_ != 0) {
    ERR_clear_error();
    return connect_error("the connection broke during the handshake: " +
                         errno_text(socket_error_) + " (a plaintext port?)");
  }
  if (eof_ && ERR_peek_error() == 0) {
    return connect_error(
        "the server closed the connection during the handshake (a plaintext port?)");
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const std::string text = openssl_error_text();
  if (reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL ||
      reason == SSL_R_NO_APPLICATION_PROTOCOL) {
    const char* wanted = protocol_ == Protocol::kGrpc ? "HTTP/2" : "HTTP/1.1";
    return connect_error(std::string("the server does not offer ") + wanted + ": " +
                         text);
  }
  if (eof_) {
    return connect_error("the server closed the connection during the handshake: " +
                         text + " (a plaintext port?)");
  }
  return connect_error("handshake failed: " + text);
}

Error TlsStream::broken(const char* doing, int ssl_error) const {
  if (socket_error_ != 0) {
    ERR_clear_error();
    return Error(Code::kIo, std::string(doing) + ": " + errno_text(socket_error_),
                 "08006");
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  std::string text = openssl_error_text();
  if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
      reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
      reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA) {
    text +=
        " (the server wants a client certificate it trusts: give a certificate chain "
        "and its private key)";
  } else if (ssl_error == SSL_ERROR_SYSCALL) {
    text = "connection lost";
  }
  return Error(Code::kIo, std::string("TLS: ") + doing + ": " + text, "08006");
}

ByteStream::Result TlsStream::receive(std::span<const iovec> pieces) {
  size_t total = 0;
  for (const iovec& piece : pieces) {
    auto* const into = static_cast<uint8_t*>(piece.iov_base);
    size_t at = 0;
    while (at < piece.iov_len) {
      ERR_clear_error();
      size_t n = 0;
      if (SSL_read_ex(ssl_, into + at, piece.iov_len - at, &n) != 1) {
        return stopped(total);
      }
      at += n;
      total += n;
      heard_ = true;
    }
  }
  maybe_more_ = true;
  return {State::kOk, total};
}

// Reading gave nothing more, after `total` bytes.
ByteStream::Result TlsStream::stopped(size_t total) {
  const int error = SSL_get_error(ssl_, 0);
  // After some bytes an end or an error shows again at the next call.
  maybe_more_ = total > 0 && error != SSL_ERROR_WANT_READ;
  if (total > 0) return {State::kOk, total};
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    return {State::kAgain, 0};
  }
  if (error == SSL_ERROR_ZERO_RETURN || (eof_ && socket_error_ == 0)) {
    ERR_clear_error();
    check_hung_up();
    return {State::kEof, 0};
  }
  if (socket_error_ != 0) check_hung_up();
  throw broken("receive", error);
}

size_t TlsStream::stage(std::span<const iovec> pieces) {
  size_t taken = 0;
  for (const iovec& piece : pieces) {
    const size_t n = std::min(piece.iov_len, record_.size() - record_size_);
    std::memcpy(record_.data() + record_size_, piece.iov_base, n);
    record_size_ += n;
    taken += n;
    if (n < piece.iov_len) break;
  }
  return taken;
}

// Plaintext is gathered into full records; the records go out in large writes.
ByteStream::Result TlsStream::send(std::span<const iovec> pieces) {
  size_t total = 0;
  std::vector<iovec> rest(pieces.begin(), pieces.end());
  size_t at = 0;
  while (true) {
    if (out_.size() - out_at_ >= kMaxOut && !flush()) break;
    size_t taken = stage(std::span(rest).subspan(at));
    total += taken;
    while (at < rest.size() && taken >= rest[at].iov_len) taken -= rest[at++].iov_len;
    if (taken > 0) {
      rest[at].iov_base = static_cast<uint8_t*>(rest[at].iov_base) + taken;
      rest[at].iov_len -= taken;
    }
    if (record_size_ == 0) break;
    ERR_clear_error();
    size_t written = 0;
    if (SSL_write_ex(ssl_, record_.data(), record_size_, &written) != 1) {
      const int error = SSL_get_error(ssl_, 0);
      if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) break;
      throw broken("send", error);
    }
    std::memmove(record_.data(), record_.data() + written, record_size_ - written);
    record_size_ -= written;
  }
  return {total > 0 ? State::kOk : State::kAgain, total};
}

void TlsStream::describe(PeerInfo& peer) const {
  peer.tls_version = SSL_get_version(ssl_);
  peer.tls_cipher = SSL_get_cipher_name(ssl_);
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &size);
  peer.alpn = std::string(reinterpret_cast<const char*>(chosen), size);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(ssl_), X509_free);
  if (certificate != nullptr) peer.certificate = certificate_text(certificate.get());
}

}  // namespace fletching
