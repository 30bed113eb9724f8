// SPDX-License-Identifier: Apache-2.0
// A Flink server's REST API: where it is, how requests are authorised, its errors as
// Error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "flink/options.h"
#include "transport/http_client.h"

namespace fletching::flink {

// Thread-safe.
class Rest {
 public:
  // `prefix`: in front of every path.
  Rest(const Options& options, std::string prefix);

  void connect(const Wait& wait) { client_->connect(wait); }
  // Whatever the status. `target` as HttpRequest has it, without the prefix.
  [[nodiscard]] HttpResponse send(HttpRequest request, const Wait& wait) const;
  // A 2xx answer; any other throws server_error(). GETs are repeatable.
  [[nodiscard]] HttpResponse get(std::string target, std::string_view doing,
                                 const Wait& wait) const;
  [[nodiscard]] HttpResponse post(std::string target, std::string body,
                                  std::string_view doing, const Wait& wait) const;
  // Throws server_error() unless 2xx.
  static void check(const HttpResponse& response, std::string_view doing);

  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
  [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }
  [[nodiscard]] PeerInfo peer() const { return client_->peer(); }
  [[nodiscard]] const std::string& auth() const noexcept { return auth_; }
  void close() noexcept { client_->close(); }

 private:
  [[nodiscard]] HttpResponse send_with(HttpRequest request, const std::string& token,
                                       const Wait& wait) const;

  std::string auth_;  // in words
  std::string prefix_;
  std::function<std::string(const std::string&, const Wait&)> token_source_;
  std::shared_ptr<HttpClient> client_;
};

// What was found while connecting.
[[nodiscard]] SessionInfo session_info(const Rest& rest);

}  // namespace fletching::flink
