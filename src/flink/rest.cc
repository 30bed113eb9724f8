// SPDX-License-Identifier: Apache-2.0
#include "flink/rest.h"

#include <utility>

#include "flink/server_error.h"
#include "transport/base64.h"

namespace fletching::flink {
namespace {

// The gateway answers 500 to statements that fail, and they fail again.
std::vector<int> retry_statuses(ServerKind kind) {
  if (kind == ServerKind::kGateway) return {429, 502, 503, 504};
  return {429, 500, 502, 503, 504};
}

std::string authorize(const Options& options, Headers& headers) {
  if (!options.token.empty() || options.token_source) {
    if (!options.token_source) {
      headers.emplace_back("authorization", "Bearer " + options.token);
    }
    if (options.identity_pool.empty()) return "bearer token";
    headers.emplace_back("confluent-identity-pool-id", options.identity_pool);
    return "bearer token and identity pool";
  }
  if (options.user.empty() && options.password.empty()) return "none";
  headers.emplace_back("authorization",
                       "Basic " + base64_encode(options.user + ":" + options.password));
  return options.server == ServerKind::kConfluent ? "API key" : "basic";
}

}  // namespace

Rest::Rest(const Options& options, std::string prefix)
    : prefix_(std::move(prefix)), token_source_(options.token_source) {
  HttpOptions http;
  http.channel = options.channel;
  http.headers = options.headers;
  http.silence_timeout = options.silence_timeout;
  http.retries = options.retries;
  http.retry_statuses = retry_statuses(options.server);
  auth_ = authorize(options, http.headers);
  client_ = HttpClient::create(std::move(http));
}

HttpResponse Rest::send(HttpRequest request, const Wait& wait) const {
  request.target.insert(0, prefix_);
  if (!token_source_) return client_->send(request, wait);
  std::string token = token_source_("", wait);
  HttpResponse response = send_with(request, token, wait);
  if (response.status != 401) return response;
  const std::string another = token_source_(token, wait);  // nothing has run
  return another == token ? response : send_with(request, another, wait);
}

HttpResponse Rest::send_with(HttpRequest request, const std::string& token,
                             const Wait& wait) const {
  request.headers.emplace_back("authorization", "Bearer " + token);
  return client_->send(request, wait);
}

HttpResponse Rest::get(std::string target, std::string_view doing,
                       const Wait& wait) const {
  auto response = send({.target = std::move(target), .repeatable = true}, wait);
  check(response, doing);
  return response;
}

HttpResponse Rest::post(std::string target, std::string body, std::string_view doing,
                        const Wait& wait) const {
  auto response = send(
      {.method = "POST", .target = std::move(target), .body = std::move(body)}, wait);
  check(response, doing);
  return response;
}

void Rest::check(const HttpResponse& response, std::string_view doing) {
  if (response.status < 200 || response.status > 299) {
    throw server_error(response, doing);
  }
}

SessionInfo session_info(const Rest& rest) {
  const PeerInfo peer = rest.peer();
  const auto seconds = [](std::chrono::nanoseconds span) {
    return std::chrono::duration<double>(span).count();
  };
  return {.address = peer.address,
          .proxy = peer.proxy,
          .tls_version = peer.tls_version,
          .tls_cipher = peer.tls_cipher,
          .alpn = peer.alpn,
          .certificate = peer.certificate,
          .auth = rest.auth(),
          .resolve_seconds = seconds(peer.resolve_time),
          .connect_seconds = seconds(peer.connect_time),
          .tls_seconds = seconds(peer.tls_time)};
}

}  // namespace fletching::flink
