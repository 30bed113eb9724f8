// SPDX-License-Identifier: Apache-2.0
#include "driver/rest_client.h"

#include <utility>

#include "base/uri.h"
#include "driver/state.h"

namespace fletching {
namespace {

HttpOptions http_options(const RestOptions& options) {
  const Uri uri = parse_uri(options.origin);
  const bool tls = uri.scheme == "https";
  const bool bare = (uri.path.empty() || uri.path == "/") && uri.query.empty() &&
                    !uri.user && !uri.password && !uri.host.empty();
  if (!bare || (!tls && uri.scheme != "http")) {
    throw Error(Code::kInvalidArgument, "REST: '" + redact_uri(options.origin) +
                                            "' is no origin (https://host[:port])");
  }
  HttpOptions http;
  http.channel.host = uri.host;
  http.channel.port = uri.port.value_or(tls ? 443 : 80);
  http.channel.tls = options.tls;
  http.channel.tls.enabled = tls;
  http.channel.proxy = options.proxy;
  http.channel.user_agent = options.user_agent;
  http.channel.connect_timeout = options.connect_timeout;
  http.headers = options.headers;
  http.silence_timeout = options.silence_timeout;
  http.retries = options.retries;
  http.retry_statuses = {429, 500, 502, 503, 504};
  return http;
}

}  // namespace

struct RestClient::Calls {
  TokenList tokens;
};

RestClient::RestClient(const RestOptions& options)
    : options_(http_options(options)),
      client_(HttpClient::create(options_)),
      calls_(std::make_unique<Calls>()) {}

RestClient::~RestClient() {
  if (generation_ == ForkGate::generation()) return;
  // Inherited: the parent's requests must not notice.
  static_cast<void>(new std::shared_ptr<HttpClient>(std::move(client_)));
}

std::shared_ptr<HttpClient> RestClient::client() {
  const std::lock_guard lock(mutex_);
  if (closed_) throw Error(Code::kInvalidState, "the connection is closed");
  if (generation_ != ForkGate::generation()) {
    static_cast<void>(new std::shared_ptr<HttpClient>(std::move(client_)));
    client_ = HttpClient::create(options_);
    generation_ = ForkGate::generation();
  }
  return client_;
}

HttpResponse RestClient::send(const HttpRequest& request,
                              std::chrono::nanoseconds timeout, Tick* tick) {
  const ForkGate::Pass pass;
  if (shutting_down()) {
    throw Error(Code::kInvalidState, "the interpreter is shutting down");
  }
  const std::shared_ptr<HttpClient> used = client();
  const SharedToken token = new_token();
  calls_->tokens.add(token);
  return used->send(request, Wait{Deadline::after(timeout), token.get(), tick});
}

void RestClient::close() noexcept {
  if (generation_ != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  calls_->tokens.cancel_all();
  client_->close();
}

}  // namespace fletching
