// SPDX-License-Identifier: Apache-2.0
// Certificates and TLS servers' settings for tests, made here and now. Tests only.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "transport/tls_context.h"

namespace fletching {

struct Identity {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;

  [[nodiscard]] std::string certificate_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return taken(bio);
  }
  [[nodiscard]] std::string key_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return taken(bio);
  }
  static std::string taken(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }
};

inline void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Kept until the end of the program.
inline Identity make(const char* name, const Identity* issuer, const char* alternative,
                     long valid_from = -3600, long valid_to = 3600) {
  init_openssl();
  Identity made;
  made.key = EVP_EC_gen("P-256");
  made.certificate = X509_new();
  static auto* kept = new std::vector<Identity>;
  kept->push_back(made);
  X509* x = made.certificate;
  static int serial = 1;
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), valid_from);
  X509_gmtime_adj(X509_getm_notAfter(x), valid_to);
  X509_set_pubkey(x, made.key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const Identity& signer = issuer != nullptr ? *issuer : made;
  X509_set_issuer_name(x, X509_get_subject_name(signer.certificate));
  if (issuer == nullptr) extend(x, x, NID_basic_constraints, "critical,CA:TRUE");
  if (alternative != nullptr) {
    extend(x, signer.certificate, NID_subject_alt_name, alternative);
  }
  X509_sign(x, signer.key, EVP_sha256());
  return made;
}

inline SSL_CTX* server_context(const Identity& identity,
                               const Identity* client_ca = nullptr,
                               const char* alpn = "\2h2") {
  SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(ctx, identity.certificate);
  SSL_CTX_use_PrivateKey(ctx, identity.key);
  if (client_ca != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), client_ca->certificate);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (alpn != nullptr) {
    SSL_CTX_set_alpn_select_cb(
        ctx,
        [](SSL*, const unsigned char** out, unsigned char* size,
           const unsigned char* in, unsigned in_size, void* arg) {
          const auto* mine = static_cast<const unsigned char*>(arg);
          if (mine[1] == 'X') {  // a server that answers with what was not offered
            static const unsigned char kOld[] = "http/1.1";
            *out = kOld;
            *size = 8;
            return SSL_TLSEXT_ERR_OK;
          }
          return SSL_select_next_proto(const_cast<unsigned char**>(out), size, mine,
                                       mine[0] + 1u, in,
                                       in_size) == OPENSSL_NPN_NEGOTIATED
                     ? SSL_TLSEXT_ERR_OK
                     : SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        const_cast<char*>(alpn));
  }
  return ctx;
}

}  // namespace fletching
