// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

namespace fletching::fault {
namespace {

void check(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error("tls: " + what + " failed");
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* size,
                const unsigned char* in, unsigned int in_size, void* wanted) {
  const auto& name = *static_cast<const std::string*>(wanted);
  for (unsigned int i = 0; i < in_size && i + in[i] < in_size; i += in[i] + 1U) {
    std::string_view offered(reinterpret_cast<const char*>(in + i + 1), in[i]);
    if (offered == name) {
      *out = in + i + 1;
      *size = in[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  // A server that speaks HTTP/1.1 only refuses: alert no_application_protocol.
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void add_extension(X509* cert, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  check(extension != nullptr, "a certificate extension");
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Wire::Wire(int fd, SSL_CTX* tls) : fd_(fd) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  in_ = BIO_new(BIO_s_mem());
  cipher_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, cipher_);
  SSL_set_accept_state(ssl_.get());
}

Wire::~Wire() { ::close(fd_); }

bool Wire::turn(std::string& plain) {
  char buffer[16384];
  for (;;) {
    ERR_clear_error();
    int got = SSL_read(ssl_.get(), buffer, sizeof(buffer));
    if (got > 0) {
      plain.append(buffer, static_cast<size_t>(got));
      continue;
    }
    int why = SSL_get_error(ssl_.get(), got);
    send({});
    return why == SSL_ERROR_WANT_READ;
  }
}

bool Wire::receive(std::string& plain) {
  char buffer[65536];
  for (int round = 0; round < 16; ++round) {
    ssize_t got = ::recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (!ssl_) {
      plain.append(buffer, static_cast<size_t>(got));
      continue;
    }
    BIO_write(in_, buffer, static_cast<int>(got));
    if (!turn(plain)) {
      flush();
      return false;
    }
  }
  return true;
}

void Wire::send(std::string_view plain) {
  if (!ssl_) {
    out_ += plain;
    return;
  }
  waiting_ += plain;
  if (SSL_is_init_finished(ssl_.get()) && !waiting_.empty()) {
    ERR_clear_error();
    if (SSL_write(ssl_.get(), waiting_.data(), static_cast<int>(waiting_.size())) > 0) {
      waiting_.clear();
    }
  }
  char* data = nullptr;
  long size = BIO_get_mem_data(cipher_, &data);
  if (size > 0) out_.append(data, static_cast<size_t>(size));
  (void)BIO_reset(cipher_);
}

bool Wire::flush() {
  while (sent_ < out_.size()) {
    ssize_t n = ::send(fd_, out_.data() + sent_, out_.size() - sent_,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<size_t>(n);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

void Wire::half_close() { ::shutdown(fd_, SHUT_WR); }

void Wire::reset_on_close() {
  linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

std::string Wire::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::unique_ptr<SSL_CTX, SslDelete> make_tls(const std::string& cert,
                                             const std::string& key,
                                             const std::string& alpn) {
  std::unique_ptr<SSL_CTX, SslDelete> ctx(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_mode(ctx.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  check(SSL_CTX_use_certificate_chain_file(ctx.get(), cert.c_str()) == 1, cert);
  check(SSL_CTX_use_PrivateKey_file(ctx.get(), key.c_str(), SSL_FILETYPE_PEM) == 1,
        key);
  if (!alpn.empty()) {
    static const std::string kH2 = "h2";
    static const std::string kHttp1 = "http/1.1";
    const auto& name = alpn == kH2 ? kH2 : kHttp1;
    SSL_CTX_set_alpn_select_cb(ctx.get(), choose_alpn, const_cast<std::string*>(&name));
  }
  return ctx;
}

void write_certificate(const std::string& cert_path, const std::string& key_path) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 30);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1,
                             -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(cert));
  X509_set_pubkey(cert, key);
  add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  check(X509_sign(cert, key, EVP_sha256()) != 0, "signing");
  FILE* out = std::fopen(cert_path.c_str(), "w");
  check(out != nullptr && PEM_write_X509(out, cert) == 1, "writing " + cert_path);
  std::fclose(out);
  out = std::fopen(key_path.c_str(), "w");
  check(out != nullptr &&
            PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "writing " + key_path);
  std::fclose(out);
  X509_free(cert);
  EVP_PKEY_free(key);
}

}  // namespace fletching::fault
