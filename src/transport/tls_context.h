// SPDX-License-Identifier: Apache-2.0
// SSL_CTX objects: one for each fork generation and set of TLS options, because loading
// the CA bundle takes longer than everything else in connecting.
#pragma once

#include <memory>
#include <string>

#include "transport/channel.h"

struct ssl_ctx_st;

namespace fletching {

// Initialises OpenSSL without its exit handler (a thread within a handshake at exit
// would crash) and without openssl.cnf; idempotent.
void init_openssl();

struct TlsContext {
  ssl_ctx_st* ctx = nullptr;
  std::string roots;  // where the trusted certificates came from, in words
};

// The same object for equal options, immortal. Certificates and keys may be PEM text or
// paths; files that have changed since are read again. Roots: the option, then
// GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, SSL_CERT_FILE, SSL_CERT_DIR, then where Linux
// distributions keep them, then the last resort. Throws kInvalidArgument that names the
// file and what is wrong with it, or everything that was tried.
[[nodiscard]] std::shared_ptr<const TlsContext> tls_context(const TlsOptions& options);

// A CA bundle to use where the system has none (Python's certifi). Thread-safe.
void set_last_resort_roots(std::string path);

// The oldest entries of OpenSSL's error queue in words, emptying it.
[[nodiscard]] std::string openssl_error_text();

}  // namespace fletching
