// SPDX-License-Identifier: Apache-2.0
#include "transport/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fork_gate.h"

namespace fletching {
namespace {

constexpr std::array kBundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine
    "/etc/pki/tls/cacert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
};

using CtxOwner = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using BioOwner = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificateOwner = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyOwner = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

struct Cache {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const TlsContext>> contexts;
  std::string last_resort;
};

// Made anew in every generation, so that no inherited lock is ever taken; immortal.
Cache& cache() {
  static std::mutex mutex;
  static auto* caches = new std::map<uint32_t, Cache*>;
  const std::lock_guard lock(mutex);
  Cache*& mine = (*caches)[ForkGate::generation()];
  if (mine == nullptr) {
    mine = new Cache;
    if (caches->size() > 1) mine->last_resort = caches->begin()->second->last_resort;
  }
  return *mine;
}

bool is_pem(std::string_view text) {
  return text.find("-----BEGIN ") != std::string_view::npos;
}

Error bad(const std::string& what, const std::string& why) {
  return Error(Code::kInvalidArgument, "TLS: " + what + ": " + why);
}

// A view: the text must outlive it.
BioOwner memory_bio(std::string&&) = delete;
BioOwner memory_bio(const std::string& text) {
  BioOwner bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  if (bio == nullptr) throw std::bad_alloc();
  return bio;
}

// For messages: a path, but never a key that was given without PEM's first line.
std::string shown_path(const std::string& option) {
  constexpr size_t kShorterThanAnyKey = 60;
  const bool is_path = option.size() < kShorterThanAnyKey || option.front() == '/' ||
                       option.find('.') != std::string::npos;
  const bool is_line = option.size() < 1024 && option.find('\n') == std::string::npos;
  return is_path && is_line ? "'" + option + "'" : "what was given as a path, not PEM";
}

// A file's bytes, or the text itself if it is PEM.
std::string pem_of(const std::string& option, const std::string& what) {
  if (is_pem(option)) return option;
  std::string text;
  FILE* file = std::fopen(option.c_str(), "re");
  if (file == nullptr) {
    const std::string why = std::strerror(errno);
    throw bad(what, "cannot open " + shown_path(option) + ": " + why);
  }
  std::array<char, 16384> chunk;
  size_t n = 0;
  do {
    n = std::fread(chunk.data(), 1, chunk.size(), file);
    text.append(chunk.data(), n);
  } while (std::feof(file) == 0 && std::ferror(file) == 0);
  std::fclose(file);
  return text;
}

std::string described(const std::string& option) {
  return is_pem(option) ? "the given PEM text" : "'" + option + "'";
}

// Never asks on a terminal: an encrypted key is an error.
int no_password(char*, int, int, void*) { return -1; }

int add_roots(SSL_CTX* ctx, const std::string& pem) {
  const BioOwner bio = memory_bio(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(ctx);
  int added = 0;
  while (true) {
    const CertificateOwner one(
        PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr), X509_free);
    if (one == nullptr) break;
    if (X509_STORE_add_cert(store, one.get()) == 1) ++added;
  }
  ERR_clear_error();
  return added;
}

bool is_directory(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// Roots that somebody named: they must be usable.
void load_named(SSL_CTX* ctx, const std::string& value, const std::string& what) {
  ERR_clear_error();
  if (!is_pem(value) && is_directory(value)) {
    if (SSL_CTX_load_verify_dir(ctx, value.c_str()) != 1) {
      throw bad(what, "cannot use directory '" + value + "': " + openssl_error_text());
    }
    return;
  }
  if (add_roots(ctx, pem_of(value, what)) == 0) {
    throw bad(what, described(value) + " has no certificate in PEM form");
  }
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

// Where the roots came from. The order is gRPC's, then OpenSSL's variables, then known
// places: a library built on one distribution would look in that one's places only.
std::string load_roots(SSL_CTX* ctx, const std::string& option,
                       const std::string& last_resort) {
  if (!option.empty()) {
    load_named(ctx, option, "root certificates");
    return described(option);
  }
  for (const char* name :
       {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    if (const auto value = environment(name)) {
      load_named(ctx, *value, std::string("root certificates of ") + name);
      return std::string(name) + "=" + *value;
    }
  }
  std::string tried;
  for (const char* path : kBundles) {
    struct stat info{};
    if (::stat(path, &info) == 0 && add_roots(ctx, pem_of(path, "roots")) > 0)
      return path;
    tried += std::string(tried.empty() ? "" : ", ") + path;
  }
  if (is_directory("/etc/ssl/certs") &&
      SSL_CTX_load_verify_dir(ctx, "/etc/ssl/certs") == 1) {
    return "/etc/ssl/certs";
  }
  if (!last_resort.empty()) {
    load_named(ctx, last_resort, "root certificates");
    return last_resort;
  }
  throw bad("no root certificates found",
            "tried GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, SSL_CERT_FILE, SSL_CERT_DIR, " +
                tried + " (install ca-certificates, or give the server's CA)");
}

void load_identity(SSL_CTX* ctx, const TlsOptions& options) {
  if (options.cert_chain.empty() && options.private_key.empty()) return;
  if (options.cert_chain.empty() || options.private_key.empty()) {
    throw bad("client certificate", "certificate and private key are needed together");
  }
  ERR_clear_error();
  const std::string chain_pem = pem_of(options.cert_chain, "client certificate");
  const BioOwner chain = memory_bio(chain_pem);
  const CertificateOwner leaf(
      PEM_read_bio_X509_AUX(chain.get(), nullptr, no_password, nullptr), X509_free);
  if (leaf == nullptr || SSL_CTX_use_certificate(ctx, leaf.get()) != 1) {
    throw bad("client certificate", "not usable: " + openssl_error_text());
  }
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr)) {
    if (SSL_CTX_add0_chain_cert(ctx, next) != 1) X509_free(next);
  }
  ERR_clear_error();
  std::string key_pem = pem_of(options.private_key, "private key");
  const BioOwner bio = memory_bio(key_pem);
  const KeyOwner key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr),
                     EVP_PKEY_free);
  OPENSSL_cleanse(key_pem.data(), key_pem.size());
  if (key == nullptr) {
    throw bad("private key",
              "not a PEM key without a pass phrase: " + openssl_error_text());
  }
  if (SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 ||
      SSL_CTX_check_private_key(ctx) != 1) {
    throw bad("private key",
              "does not belong to the certificate: " + openssl_error_text());
  }
}

std::shared_ptr<const TlsContext> make_context(const TlsOptions& options,
                                               const std::string& last_resort) {
  CtxOwner ctx(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (ctx == nullptr) {
    throw Error(Code::kInternal,
                "TLS: OpenSSL gives no context: " + openssl_error_text());
  }
  SSL_CTX_set_min_proto_version(ctx.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ctx.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(ctx.get(), kAlpn, sizeof kAlpn);
  // As gRPC and browsers ask for them; OpenSSL's own order begins with 256-bit keys,
  // which cost both sides a quarter more. The server decides.
  SSL_CTX_set_ciphersuites(ctx.get(),
                           "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                           "TLS_CHACHA20_POLY1305_SHA256");
  auto made = std::make_shared<TlsContext>();
  if (options.verify) {
    SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, nullptr);
    made->roots = load_roots(ctx.get(), options.roots, last_resort);
  } else {
    SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_NONE, nullptr);
  }
  load_identity(ctx.get(), options);
  made->ctx = ctx.release();  // immortal, as the cache is
  return made;
}

void add_to_key(std::string& key, std::string_view part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

// Enough to see that a file was replaced.
void add_file_to_key(std::string& key, const std::string& option) {
  add_to_key(key, option);
  struct stat info{};
  if (option.empty() || is_pem(option) || ::stat(option.c_str(), &info) != 0) return;
  add_to_key(key, std::to_string(info.st_ino) + "/" + std::to_string(info.st_size) +
                      "/" + std::to_string(info.st_mtim.tv_sec) + "." +
                      std::to_string(info.st_mtim.tv_nsec));
}

// A digest, so that no private key lives in the cache.
std::string key_of(const TlsOptions& options) {
  std::string key = options.verify ? "v" : "n";
  add_file_to_key(key, options.roots);
  add_file_to_key(key, options.cert_chain);
  add_file_to_key(key, options.private_key);
  for (const char* name :
       {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    add_file_to_key(key, environment(name).value_or(""));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr);
  OPENSSL_cleanse(key.data(), key.size());
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

}  // namespace

void init_openssl() {
  static const bool done = [] {
    return OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG,
                            nullptr) == 1;
  }();
  if (!done) throw Error(Code::kInternal, "TLS: OpenSSL cannot be initialised");
}

std::string openssl_error_text() {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    const unsigned long code = ERR_get_error();
    if (code == 0) break;
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += "; ";
    text += reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
  }
  ERR_clear_error();
  return text.empty() ? "no reason given" : text;
}

std::shared_ptr<const TlsContext> tls_context(const TlsOptions& options) {
  const ForkGate::Pass pass;
  init_openssl();
  const std::string key = key_of(options);
  Cache& shared = cache();
  const std::lock_guard lock(shared.mutex);
  auto& found = shared.contexts[key];
  if (found == nullptr) found = make_context(options, shared.last_resort);
  return found;
}

void set_last_resort_roots(std::string path) {
  const ForkGate::Pass pass;
  Cache& shared = cache();
  const std::lock_guard lock(shared.mutex);
  shared.last_resort = std::move(path);
}

}  // namespace fletching
