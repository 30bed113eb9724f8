// SPDX-License-Identifier: Apache-2.0
// HTTP CONNECT proxies: which one to use, and the exchange with it (RFC 9110 9.3.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transport/channel.h"

namespace fletching {

struct Proxy {
  std::string host;
  uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization, a secret; may be empty
};

// The proxy for these options, or nullopt for none. The option wins; else the first set
// of grpc_proxy, https_proxy, http_proxy, all_proxy (HTTP/1.1: https_proxy or
// http_proxy as it is TLS or not, all_proxy), and their upper-case names except
// HTTP_PROXY, which a CGI client can forge; unless no_proxy covers the host or it is
// this machine. Throws kInvalidArgument for a proxy that is no http:// URL.
[[nodiscard]] std::optional<Proxy> choose_proxy(const ChannelOptions& options);

// "*", "example.com" and ".example.com" (the name and all below), "host:port",
// addresses and "10.0.0.0/8".
[[nodiscard]] bool no_proxy_covers(std::string_view list, std::string_view host,
                                   uint16_t port);

[[nodiscard]] std::string connect_request(const Proxy& proxy, std::string_view host,
                                          uint16_t port);

// Feeds the proxy's answer byte by byte, as nothing after its end may be taken.
class ConnectReply {
 public:
  // True when the answer is complete and the tunnel stands. Throws kIo (08001) for a
  // refusal, with what the proxy said, and for an answer over 8 KiB.
  [[nodiscard]] bool push(char byte);

 private:
  void judge() const;
  std::string text_;
};

}  // namespace fletching
