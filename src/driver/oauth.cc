// SPDX-License-Identifier: Apache-2.0
#include "driver/oauth.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/fork_gate.h"
#include "base/uri.h"
#include "flink/answer.h"
#include "transport/base64.h"
#include "transport/http_client.h"

namespace fletching {
namespace {

constexpr int64_t kLargest = int64_t{1} << 20;

[[noreturn]] void invalid(const std::string& what) {
  throw Error(Code::kInvalidArgument, "oauth: " + what);
}

// Not in a URL's way: RFC 6749 asks for the form's.
std::string form_encode(std::string_view text) {
  std::string out = percent_encode(text);
  for (size_t at = 0; (at = out.find("%20", at)) != std::string::npos;) {
    out.replace(at, 3, "+");
  }
  return out;
}

class Form {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!text_.empty()) text_ += '&';
    text_.append(name).append("=").append(form_encode(value));
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

ChannelOptions place_of(const OAuthOptions& options) {
  const Uri uri = parse_uri(options.token_uri);
  const bool local =
      uri.host == "localhost" || uri.host == "127.0.0.1" || uri.host == "::1";
  const bool secure = uri.scheme == "https";
  if (uri.host.empty() || uri.user || !(secure || (uri.scheme == "http" && local))) {
    invalid(
        "token_uri: an https:// URL without user and password is needed (http:// for "
        "this machine alone)");
  }
  ChannelOptions channel;
  channel.protocol = Protocol::kHttp1;
  channel.host = uri.host;
  channel.port = uri.port.value_or(secure ? 443 : 80);
  channel.tls.enabled = secure;
  channel.tls.roots = options.tls_roots;
  channel.tls.verify = options.tls_verify;
  return channel;
}

std::string form_of(const OAuthOptions& o) {
  Form form;
  if (o.flow == OAuthOptions::Flow::kClientCredentials) {
    form.add("grant_type", "client_credentials");
  } else {
    form.add("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
    form.add("subject_token", o.subject_token);
    form.add("subject_token_type", o.subject_token_type);
    form.add("actor_token", o.actor_token);
    form.add("actor_token_type", o.actor_token_type);
    form.add("requested_token_type", o.requested_token_type);
    form.add("audience", o.audience);
    form.add("resource", o.resource);
  }
  form.add("scope", o.scope);
  if (o.client_secret.empty()) form.add("client_id", o.client_id);
  return std::move(form).text();
}

void check(const OAuthOptions& o) {
  if (o.token_uri.empty()) invalid("token_uri is missing");
  if (o.flow == OAuthOptions::Flow::kClientCredentials) {
    if (o.client_id.empty()) invalid("client_credentials needs client_id");
    if (o.client_secret.empty()) invalid("client_credentials needs client_secret");
    return;
  }
  if (o.subject_token.empty()) invalid("token_exchange needs a subject_token");
  if (o.subject_token_type.empty()) invalid("token_exchange needs subject_token_type");
  if (!o.actor_token.empty() && o.actor_token_type.empty()) {
    invalid("an actor_token needs its actor_token_type");
  }
}

class TokenEndpoint {
 public:
  TokenEndpoint(const OAuthOptions& options, std::chrono::nanoseconds limit)
      : limit_(limit) {
    HttpOptions http;
    http.channel = place_of(options);
    http.max_body = kLargest;
    http.silence_timeout = limit;
    place_ = http.channel.host;
    if (!options.client_secret.empty()) {
      const std::string pair =
          form_encode(options.client_id) + ":" + form_encode(options.client_secret);
      http.headers.emplace_back("authorization", "Basic " + base64_encode(pair));
    }
    client_ = HttpClient::create(std::move(http));
    request_.method = "POST";
    request_.target = target_of_url(options.token_uri);
    request_.content_type = "application/x-www-form-urlencoded";
    request_.body = form_of(options);
    // A token more does no harm.
    request_.repeatable = true;
  }

  Token ask(const Wait& wait) {
    const ForkGate::Pass pass;
    HttpResponse answer;
    try {
      answer = client_->send(request_, wait.until(Deadline::after(limit_)));
    } catch (const Error& e) {
      throw e.with_context("oauth: the token endpoint at " + place_);
    }
    return token_of(answer);
  }

 private:
  [[nodiscard]] Error refusal(const std::string& why) const {
    return {Code::kUnauthenticated, "oauth: " + place_ + " " + why};
  }

  // Only the code of an error is told: descriptions may quote the request.
  [[nodiscard]] std::string error_of(const HttpResponse& answer) const {
    std::string code;
    try {
      code = flink::Answer(answer.body, "oauth").text("/error").value_or("");
    } catch (const Error&) {
      // Something else than OAuth has answered.
    }
    code.resize(std::min<size_t>(code.size(), 100));
    std::erase_if(code, [](char c) { return c < 0x20 || c > 0x7e; });
    return "answered " + std::to_string(answer.status) +
           (code.empty() ? "" : ": " + code);
  }

  [[nodiscard]] Token token_of(const HttpResponse& answer) const {
    if (answer.status != 200) throw refusal(error_of(answer));
    const flink::Answer found(answer.body, "oauth");
    const auto value = found.text("/access_token");
    if (!value || value->empty()) throw refusal("gave no access_token");
    std::string kind = found.text("/token_type").value_or("bearer");
    std::transform(kind.begin(), kind.end(), kind.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (kind != "bearer" && kind != "n_a") throw refusal("gave no bearer token");
    Token token{*value, std::nullopt};
    if (const double lives = seconds_of(found); lives > 0) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      token.expires_at = std::chrono::duration<double>(now).count() + lives;
    }
    return token;
  }

  // Some servers write the number as text.
  static double seconds_of(const flink::Answer& answer) {
    std::string text = answer.text("/expires_in").value_or("");
    if (text.empty()) text = answer.json("/expires_in").value_or("");
    return std::strtod(text.c_str(), nullptr);
  }

  const std::chrono::nanoseconds limit_;
  std::string place_;
  std::shared_ptr<HttpClient> client_;
  HttpRequest request_;
};

}  // namespace

std::function<Token(const Wait&)> oauth_provider(const OAuthOptions& options,
                                                 std::chrono::nanoseconds limit) {
  check(options);
  auto endpoint = std::make_shared<TokenEndpoint>(options, limit);
  return [endpoint = std::move(endpoint)](const Wait& wait) {
    return endpoint->ask(wait);
  };
}

}  // namespace fletching
