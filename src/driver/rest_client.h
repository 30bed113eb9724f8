// SPDX-License-Identifier: Apache-2.0
// One REST call after the other with one origin, for faces that speak to services
// beside SQL. What is configured of it goes nowhere else: a request names a path, never
// a host.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fork_gate.h"
#include "transport/http_client.h"

namespace fletching {

struct RestOptions {
  std::string origin;  // "https://host[:port]" or "http://..."; no path
  Headers headers;     // on every request, credentials too; lower-case names
  TlsOptions tls;      // `enabled` follows from the origin
  std::optional<std::string> proxy;  // as ChannelOptions has it
  std::string user_agent;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(20);
  std::chrono::nanoseconds silence_timeout = std::chrono::seconds(60);
  int retries = 3;  // further attempts of repeatable requests
};

// Thread-safe. In a forked child it connects anew.
class RestClient {
 public:
  // No network. Throws kInvalidArgument for an origin that is none.
  explicit RestClient(const RestOptions& options);
  ~RestClient();
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  // The whole answer, whatever its status; see HttpClient::send. timeout: of all
  // attempts together; 0: none. tick: may be null.
  [[nodiscard]] HttpResponse send(const HttpRequest& request,
                                  std::chrono::nanoseconds timeout, Tick* tick);
  // Ends requests under way, closes connections; later requests throw kInvalidState.
  void close() noexcept;

 private:
  struct Calls;

  std::shared_ptr<HttpClient> client();

  HttpOptions options_;
  std::mutex mutex_;
  uint32_t generation_ = ForkGate::generation();
  std::shared_ptr<HttpClient> client_;
  std::unique_ptr<Calls> calls_;
  bool closed_ = false;
};

}  // namespace fletching
