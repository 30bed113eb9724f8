// SPDX-License-Identifier: Apache-2.0
#include "flight/http_body.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "transport/http_client.h"

namespace fletching {
namespace {

constexpr int kMostRedirects = 5;
constexpr int kPartial = 206;
constexpr auto kLongestPause = std::chrono::seconds(10);
constexpr const char* kLost = "08006";

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

// Object stores ask for patience with each of these.
bool is_for_a_moment(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

Code code_of(int status) {
  if (status == 401) return Code::kUnauthenticated;
  if (status == 403) return Code::kUnauthorized;
  if (status == 404 || status == 410) return Code::kNotFound;
  return Code::kIo;
}

Error refusal(int status) {
  const bool over = status == 401 || status == 403;
  return Error(code_of(status),
               "GET: HTTP status " + std::to_string(status) +
                   (over ? " (such URLs end after a while: run the query again)" : ""));
}

Error not_as_before() {
  return Error(Code::kInvalidData,
               "GET: the connection was lost in the middle of the rows, and what the "
               "server sends again is not what it sent (run the query again)",
               kLost);
}

std::string_view header(const HttpResponse& answer, std::string_view name) {
  return find_header(answer.headers, name).value_or("");
}

// Where a redirect leads: another URL, or a path of the same place.
ReadTarget redirected(const ReadTarget& from, std::string_view to,
                      const FlightOptions& options) {
  std::string url(to);
  if (url.starts_with("//")) {
    url = (from.channel.tls.enabled ? "https:" : "http:") + url;
  }
  if (url.starts_with('/')) {
    ReadTarget same = from;
    same.http_target = target_of_url(url);
    return same;
  }
  auto target = http_target(url, options);
  if (!target) {
    throw Error(Code::kInvalidData, "GET: a redirect leads to no http or https URL");
  }
  if (from.channel.tls.enabled && !target->channel.tls.enabled) {
    throw Error(Code::kIo, "GET: a redirect leads from https to http (not followed)");
  }
  return std::move(*target);
}

bool is_waits_end(const Error& error, const Wait& wait) {
  return error.code() == Code::kCancelled || wait.deadline.expired();
}

}  // namespace

HttpBody::HttpBody(ReadTarget target, const FlightOptions& options, std::string accept,
                   const Wait& wait)
    : options_(options),
      first_(std::move(target)),
      accept_(std::move(accept)),
      at_(first_) {
  try {
    ask(wait);
  } catch (const Error& error) {
    throw is_waits_end(error, wait) ? error : placed(error);
  }
}

Error HttpBody::placed(const Error& error) const {
  // A limit of this place's own is no end of the caller's wait.
  const Code code = error.code() == Code::kTimeout ? Code::kIo : error.code();
  return Error(code, at_.name + ": " + error.message(), error.sqlstate(),
               error.vendor_code(), error.details());
}

void HttpBody::ask(const Wait& wait) {
  Headers headers = {{"accept", accept_}};
  if (!etag_.empty() && given_ > 0) {
    headers.emplace_back("range", "bytes=" + std::to_string(given_) + "-");
    headers.emplace_back("if-range", etag_);
  }
  answered_ = false;
  download_.reset();
  download_ = std::make_unique<HttpDownload>(at_.channel, at_.http_target, headers,
                                             options_.idle_timeout, wait);
}

// ---- the answer ----

void HttpBody::await_answer(const Wait& wait) {
  while (!answered_) {
    std::chrono::nanoseconds pause{0};
    try {
      if (download_ == nullptr) ask(wait);
      download_->wait_for_head(wait);
      pause = retry_after(download_->answer());
      take_head(wait);
    } catch (const Error& error) {
      recover(error, pause, wait);
    }
  }
}

void HttpBody::take_head(const Wait& wait) {
  const int status = download_->answer().status;
  if (is_redirect(status)) {
    redirect();
    return ask(wait);
  }
  if (status == 200) {
    to_pass_over_ = given_;
    passed_ = RunningHash();
  } else if (status == kPartial && goes_on_at(given_)) {
    to_pass_over_ = 0;
  } else {
    throw refusal(status);
  }
  accept_body();
}

void HttpBody::accept_body() {
  const HttpResponse& answer = download_->answer();
  const std::string_view tag = header(answer, "etag");
  const bool can_go_on = header(answer, "accept-ranges") == "bytes" &&
                         header(answer, "content-encoding").empty() &&
                         tag.starts_with('"');  // a weak one does not mean these bytes
  if (answer.status == 200) etag_ = can_go_on ? tag : "";
  answered_ = true;
}

bool HttpBody::goes_on_at(int64_t offset) const {
  const std::string from = "bytes " + std::to_string(offset) + "-";
  return offset > 0 && header(download_->answer(), "content-range").starts_with(from);
}

void HttpBody::redirect() {
  const std::string to(header(download_->answer(), "location"));
  if (to.empty() || redirects_ == kMostRedirects) {
    throw Error(Code::kIo, to.empty() ? "GET: a redirect says not where to"
                                      : "GET: redirected too often");
  }
  ++redirects_;
  at_ = redirected(at_, to, options_);
}

// Returns where it is worth another attempt, having waited for it.
void HttpBody::recover(const Error& error, std::chrono::nanoseconds pause,
                       const Wait& wait) {
  if (is_waits_end(error, wait)) throw error;
  const bool refused =
      !answered_ && download_ != nullptr && is_for_a_moment(download_->answer().status);
  const bool lost = error.code() == Code::kIo && error.sqlstate() == kLost;
  // Who was reached before may be so again.
  const bool away = error.sqlstate() == "08001" && given_ > 0;
  const bool again = (refused || lost || away) && attempts_ > 0;
  if (!again || pause > kLongestPause) throw error;
  download_.reset();
  answered_ = false;
  at_ = first_;
  redirects_ = 0;
  Backoff backoff(std::chrono::milliseconds(100), std::chrono::seconds(2));
  for (int i = kMostAttempts; i > attempts_; --i) static_cast<void>(backoff.next());
  --attempts_;
  log(LogLevel::kInfo, first_.name + ": read again after: " + error.message());
  wait_for({}, wait, "waiting to read rows again",
           Deadline::after(std::max(pause, backoff.next())));
}

std::string HttpBody::media_type(const Wait& wait) {
  await_answer(wait);
  std::string type(header(download_->answer(), "content-type"));
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return type;
}

bool HttpBody::has_told_end() const {
  const HttpResponse& answer = download_->answer();
  return !header(answer, "content-length").empty() ||
         !header(answer, "transfer-encoding").empty();
}

// ---- the bytes ----

size_t HttpBody::read(std::span<uint8_t> out, const Wait& wait) {
  while (true) {
    await_answer(wait);
    try {
      pass_over(wait);
      const size_t got = download_->read(out, wait);
      sum_.add(out.first(got));
      given_ += static_cast<int64_t>(got);
      if (got > 0) attempts_ = kMostAttempts;
      return got;
    } catch (const Error& error) {
      recover(error, {}, wait);
    }
  }
}

void HttpBody::pass_over(const Wait& wait) {
  if (to_pass_over_ == 0) return;
  std::array<uint8_t, size_t{16} << 10> old;
  while (to_pass_over_ > 0) {
    const auto most = std::min<int64_t>(to_pass_over_, old.size());
    const std::span want(old.data(), static_cast<size_t>(most));
    const size_t got = download_->read(want, wait);
    if (got == 0) throw not_as_before();
    passed_.add(want.first(got));
    to_pass_over_ -= static_cast<int64_t>(got);
  }
  if (passed_.value() != sum_.value()) throw not_as_before();
}

bool HttpBody::readable() const {
  return download_ == nullptr || download_->readable();
}

bool HttpBody::wait_readable(const Wait& wait, Deadline nap) {
  if (download_ == nullptr) return true;
  try {
    return download_->wait_readable(wait, nap);
  } catch (const Error& error) {
    if (is_waits_end(error, wait)) throw;
    return true;  // whoever reads hears of it
  }
}

}  // namespace fletching
