// SPDX-License-Identifier: Apache-2.0
#include "transport/http_client.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/backoff.h"
#include "base/fork_gate.h"
#include "base/log.h"
#include "base/uri.h"
#include "fletching/version.h"
#include "transport/http_connection.h"

namespace fletching {
namespace {

constexpr size_t kIdleConnections = 8;
// A server may close a connection that rests; a request that must not be sent twice
// takes none that has rested for longer.
constexpr std::chrono::seconds kFresh{5};
// Who is asked to come back later than that is told so instead.
constexpr std::chrono::seconds kLongestPause{60};
// No longer pause is told apart.
constexpr std::chrono::seconds kYear{365 * 24 * 3600};

// Of the client, one for all its requests.
void check_own_headers(const Headers& headers) {
  check_headers(headers);
  for (const auto& [name, value] : headers) {
    if (name == "host" || name == "connection" || name == "content-length" ||
        name == "transfer-encoding" || name == "accept-encoding" || name == "te") {
      throw Error(Code::kInvalidArgument,
                  "header '" + name + "': it belongs to the protocol");
    }
  }
}

void check_target(std::string_view target) {
  const bool bad =
      !target.starts_with('/') || std::any_of(target.begin(), target.end(), [](char c) {
        return c <= ' ' || c >= 0x7f || c == '#' || c == '\\';
      });
  if (bad) {
    throw Error(Code::kInvalidArgument, "HTTP request: '" +
                                            redact_uri(target.substr(0, 200)) +
                                            "' is no path of a URL, percent-encoded");
  }
}

std::string host_of(const ChannelOptions& channel) {
  if (!channel.authority.empty()) return channel.authority;
  const uint16_t usual = channel.tls.enabled ? 443 : 80;
  std::string text = format_host_port(channel.host, channel.port);
  if (channel.port == usual) text.resize(text.rfind(':'));
  return text;
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

class Client final : public HttpClient {
 public:
  explicit Client(HttpOptions options) : options_(std::move(options)) {
    options_.channel.protocol = Protocol::kHttp1;
    check_own_headers(options_.headers);
  }

  // In a forked child the connections close themselves without a word.
  ~Client() override { close(); }

  void connect(const Wait& wait) override {
    const ForkGate::Pass pass;
    auto connection = take(options_.channel.idle_discard);
    if (connection == nullptr) connection = open(wait);
    give_back(std::move(connection));
  }

  HttpResponse send(const HttpRequest& request, const Wait& wait) override {
    const ForkGate::Pass pass;
    check_target(request.target);
    const std::string head = head_of(request);
    Backoff backoff(std::chrono::milliseconds(100), std::chrono::seconds(5));
    for (int left = request.repeatable ? options_.retries : 0;; --left) {
      std::chrono::nanoseconds pause = backoff.next();
      try {
        HttpResponse response = attempt(request, head, wait);
        if (left <= 0 || !asks_to_retry(response)) return response;
        pause = std::max(pause, retry_after(response));
        if (!worth_waiting(pause, wait)) return response;
        say("HTTP " + std::to_string(response.status), request);
      } catch (const Error& e) {
        const bool again = left > 0 && e.code() == Code::kIo && was_connected();
        if (!again || !worth_waiting(pause, wait)) throw;
        say(e.message(), request);
      }
      wait_for({}, wait, "waiting to repeat a request", Deadline::after(pause));
    }
  }

  [[nodiscard]] PeerInfo peer() const override {
    const ForkGate::Pass pass;
    const std::lock_guard lock(mutex_);
    return peer_;
  }
  [[nodiscard]] const HttpOptions& options() const noexcept override {
    return options_;
  }
  void close() noexcept override {
    const ForkGate::Pass pass;
    std::vector<std::unique_ptr<HttpConnection>> gone;
    const std::lock_guard lock(mutex_);
    gone.swap(idle_);
  }

 private:
  using Connection = std::unique_ptr<HttpConnection>;

  [[nodiscard]] std::string head_of(const HttpRequest& request) const {
    check_own_headers(request.headers);
    const auto own = [&](std::string_view name) {
      return find_header(request.headers, name).has_value();
    };
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
    add(head, "host", host_of(options_.channel));
    const std::string& agent = options_.channel.user_agent;
    add(head, "user-agent", agent.empty() ? "fletching/" FLETCHING_VERSION : agent);
    if (!own("accept")) add(head, "accept", "application/json");
    add(head, "accept-encoding", "gzip, deflate");
    for (const auto& [name, value] : options_.headers) {
      if (!own(name)) add(head, name, value);
    }
    for (const auto& [name, value] : request.headers) add(head, name, value);
    if (!request.body.empty()) add(head, "content-type", request.content_type);
    const bool has_body = request.method == "POST" || request.method == "PUT" ||
                          request.method == "PATCH" || !request.body.empty();
    if (has_body) add(head, "content-length", std::to_string(request.body.size()));
    return head + "\r\n";
  }

  // A connection that was kept may turn out to be closed: as long as nothing was sent
  // that costs no attempt.
  HttpResponse attempt(const HttpRequest& request, const std::string& head,
                       const Wait& wait) {
    const HttpConnection::Message message{head, request.body, request.method == "HEAD"};
    const HttpAnswer::Limits limits{options_.max_head, options_.max_body};
    const auto rest = request.repeatable ? options_.channel.idle_discard
                                         : std::chrono::nanoseconds(kFresh);
    while (true) {
      Connection connection = take(rest);
      const bool kept = connection != nullptr;
      if (!kept) connection = open(wait);
      try {
        HttpResponse response =
            connection->exchange(message, limits, options_.silence_timeout, wait);
        give_back(std::move(connection));
        return response;
      } catch (const ExchangeFailed& failed) {
        if (failed.nothing_sent && kept) continue;
        throw described(failed, request);
      }
    }
  }

  static Error described(const ExchangeFailed& failed, const HttpRequest& request) {
    const Error& e = failed.error;
    std::string hint;
    if (!failed.nothing_sent && !request.repeatable) {
      hint = " (the request may have been carried out)";
    }
    return Error(e.code(), e.message() + hint, e.sqlstate(), 0, e.details());
  }

  [[nodiscard]] bool asks_to_retry(const HttpResponse& response) const {
    const auto& statuses = options_.retry_statuses;
    return std::find(statuses.begin(), statuses.end(), response.status) !=
           statuses.end();
  }

  // A pause that ends after the deadline tells less than the answer that asks for it.
  static bool worth_waiting(std::chrono::nanoseconds pause, const Wait& wait) {
    return pause <= kLongestPause &&
           Deadline::after(pause).when() < wait.deadline.when();
  }

  static void say(const std::string& what, const HttpRequest& request) {
    log(LogLevel::kInfo, "HTTP: repeating " + request.method + " after: " + what);
  }

  // The one used last, so that the others may age; null if none is usable.
  Connection take(std::chrono::nanoseconds rested_at_most) {
    while (true) {
      Connection connection;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return nullptr;
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
      const auto rested = Clock::now() - connection->idle_since();
      const bool fresh = rested_at_most.count() <= 0 || rested <= rested_at_most;
      if (fresh && connection->usable()) return connection;
      // The ones below it have rested for longer.
    }
  }

  void give_back(Connection connection) {
    if (!connection->usable()) return;
    Connection oldest;  // closed without the lock
    const std::lock_guard lock(mutex_);
    if (idle_.size() >= kIdleConnections) {
      oldest = std::move(idle_.front());
      idle_.erase(idle_.begin());
    }
    idle_.push_back(std::move(connection));
  }

  Connection open(const Wait& wait) {
    PeerInfo found;
    Connection connection = HttpConnection::open(options_.channel, found, wait);
    const std::lock_guard lock(mutex_);
    peer_ = std::move(found);
    was_connected_ = true;
    return connection;
  }

  [[nodiscard]] bool was_connected() const {
    const std::lock_guard lock(mutex_);
    return was_connected_;
  }

  HttpOptions options_;
  mutable std::mutex mutex_;  // held for moments, inside of a fork gate pass
  std::vector<Connection> idle_;
  PeerInfo peer_;
  bool was_connected_ = false;
};

std::chrono::nanoseconds until_date(const std::string& text) {
  tm when{};
  // RFC 9110 5.6.7; the two obsolete forms are left out.
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &when);
  if (end == nullptr || *end != '\0') return {};
  const int64_t seconds = ::timegm(&when) - ::time(nullptr);
  return std::chrono::seconds(std::clamp<int64_t>(seconds, 0, kYear.count()));
}

}  // namespace

std::shared_ptr<HttpClient> HttpClient::create(HttpOptions options) {
  const ForkGate::Pass pass;
  return std::make_shared<Client>(std::move(options));
}

std::string path_segment(std::string_view name) {
  if (name.empty() || name == "." || name == "..") {
    throw Error(Code::kInvalidArgument,
                "'" + std::string(name) + "' cannot be a name in a URL");
  }
  return percent_encode(name);
}

std::string target_of_url(std::string_view url) {
  const auto refuse = [] {
    throw Error(Code::kInvalidData, "the server named a next page that is no URL");
  };
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos && scheme < url.find_first_of("/?#")) {
    const size_t path = url.find_first_of("/?#", scheme + 3);
    url = path == std::string_view::npos ? "/" : url.substr(path);
  } else if (url.starts_with("//")) {
    refuse();
  }
  url = url.substr(0, url.find('#'));
  std::string target(url);
  if (target.starts_with('?')) target.insert(0, "/");
  try {
    check_target(target);
  } catch (const Error&) {
    refuse();
  }
  return target;
}

std::chrono::nanoseconds retry_after(const HttpResponse& response) {
  const auto value = find_header(response.headers, "retry-after");
  if (!value || value->empty()) return {};
  const std::string text(*value);
  if (text.find_first_not_of("0123456789") != std::string::npos)
    return until_date(text);
  constexpr size_t kDigits = 9;  // thirty years
  if (text.size() > kDigits) return kYear;
  return std::chrono::seconds(std::stol(text));
}

}  // namespace fletching
