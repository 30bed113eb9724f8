// SPDX-License-Identifier: Apache-2.0
#include "flight/identity.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

#include "base/fork_gate.h"
#include "fletching/error.h"
#include "transport/tls_context.h"

namespace fletching {
namespace {

// Every field goes in with its length, so that two lists of fields are equal only if
// all fields are.
class Fields {
 public:
  void add(std::string_view text) {
    add(text.size());
    out_ += text;
  }
  void add(uint64_t number) {
    for (int i = 0; i < 8; ++i) out_ += static_cast<char>(number >> (8 * i));
  }
  void add(std::chrono::nanoseconds span) { add(static_cast<uint64_t>(span.count())); }
  void add_optional(const std::optional<std::string>& text) {
    add(uint64_t{text.has_value()});
    add(std::string_view(text ? *text : std::string_view()));
  }
  [[nodiscard]] const std::string& str() const noexcept { return out_; }

 private:
  std::string out_;
};

// Kept in a forked child, which so still finds the tokens it has inherited.
const std::array<uint8_t, 32>& process_key() {
  static const std::array<uint8_t, 32> key = [] {
    init_openssl();
    std::array<uint8_t, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      throw Error(Code::kInternal, "identity: the system has no random numbers");
    }
    return bytes;
  }();
  return key;
}

void add_channel(Fields& fields, const ChannelOptions& channel) {
  fields.add(channel.host);
  fields.add(channel.port);
  fields.add(channel.unix_path);
  fields.add(channel.authority);
  fields.add_optional(channel.proxy);
  fields.add_optional(channel.no_proxy);
  fields.add(channel.dns_servers);
  fields.add(uint64_t{channel.tls.enabled});
  fields.add(uint64_t{channel.tls.verify});
  fields.add(channel.tls.roots);
  fields.add(channel.tls.cert_chain);
  fields.add(channel.tls.private_key);
  fields.add(channel.tls.server_name);
  // These say nothing about who the peer is, but a connection is made with them.
  fields.add(channel.keepalive_after);
  fields.add(channel.keepalive_timeout);
  fields.add(channel.idle_discard);
  fields.add(channel.stream_window);
  fields.add(static_cast<uint64_t>(channel.max_message));
  fields.add(channel.user_agent);
}

void add_credentials(Fields& fields, const FlightOptions& options) {
  fields.add(options.user);
  fields.add(options.password);
  fields.add(options.token);
  fields.add(options.token_source ? options.token_source->id() : 0);
  fields.add(options.authorization);
  fields.add(uint64_t{options.handshake});
  fields.add(options.headers.size());
  for (const auto& [name, value] : options.headers) {
    fields.add(name);
    fields.add(value);
  }
}

std::string digest(std::string_view bytes) {
  const auto& key = process_key();
  std::array<uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), out.data(),
           &size) == nullptr) {
    throw Error(Code::kInternal, "identity: OpenSSL offers no HMAC with SHA-256");
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[out[i] >> 4];
    text += kHex[out[i] & 15];
  }
  return text;
}

}  // namespace

std::string token_key_of(const FlightOptions& options) {
  const ForkGate::Pass pass;
  Fields fields;
  fields.add("token");
  add_channel(fields, options.channel);
  add_credentials(fields, options);
  return digest(fields.str());
}

std::string identity_of(const FlightOptions& options) {
  const ForkGate::Pass pass;
  Fields fields;
  fields.add("identity");
  add_channel(fields, options.channel);
  add_credentials(fields, options);
  fields.add(ForkGate::generation());
  return digest(fields.str());
}

std::string location_key_of(std::string_view identity, const ChannelOptions& channel,
                            bool trusted) {
  const ForkGate::Pass pass;
  Fields fields;
  fields.add("location");
  fields.add(identity);
  add_channel(fields, channel);
  fields.add(uint64_t{trusted});
  return digest(fields.str());
}

}  // namespace fletching
