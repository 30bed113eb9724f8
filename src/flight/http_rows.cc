// SPDX-License-Identifier: Apache-2.0
#include "flight/http_rows.h"

#include <algorithm>

#include "transport/http_client.h"

namespace fletching {
namespace {

constexpr int kMostRedirects = 5;
constexpr std::string_view kArrowStream = "application/vnd.apache.arrow.stream";

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

Code code_of(int status) {
  if (status == 401) return Code::kUnauthenticated;
  if (status == 403) return Code::kUnauthorized;
  if (status == 404 || status == 410) return Code::kNotFound;
  return Code::kIo;
}

std::string media_type(const Headers& headers) {
  std::string type(find_header(headers, "content-type").value_or(""));
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return type;
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

}  // namespace

HttpRows::HttpRows(const ReadTarget& target, const FlightOptions& options,
                   const Wait& wait) {
  const Headers headers = {{"accept", std::string(kArrowStream)}};
  ReadTarget at = target;
  for (int redirects = 0;; ++redirects) {
    name_ = at.name;
    try {
      download_ = std::make_unique<HttpDownload>(at.channel, at.http_target, headers,
                                                 options.idle_timeout, wait);
      if (!is_redirect(download_->status())) {
        check_answer();
        return;
      }
      const auto to = find_header(download_->headers(), "location");
      if (!to || redirects == kMostRedirects) {
        throw Error(Code::kIo, to ? "GET: redirected too often"
                                  : "GET: a redirect says not where to");
      }
      at = redirected(at, *to, options);
    } catch (const Error& e) {
      throw placed(e);
    }
  }
}

void HttpRows::check_answer() const {
  const int status = download_->status();
  if (status != 200) {
    const bool over = status == 401 || status == 403;
    throw Error(
        code_of(status),
        "GET: HTTP status " + std::to_string(status) +
            (over ? " (such URLs end after a while: run the query again)" : ""));
  }
  const std::string type = media_type(download_->headers());
  const bool untold = type.empty() || type == "application/octet-stream" ||
                      type == "binary/octet-stream";
  if (untold || type == kArrowStream) return;
  const bool other_file = type == "application/vnd.apache.parquet" ||
                          type == "application/vnd.apache.arrow.file";
  if (other_file) {
    throw Error(Code::kNotImplemented,
                "GET: the server offers these rows as " + type +
                    ", and only Arrow streams are read here (pyarrow reads it; or have "
                    "the server offer " +
                    std::string(kArrowStream) + ")");
  }
  throw Error(Code::kInvalidData, "GET: the answer is '" + type.substr(0, 60) +
                                      "' instead of " + std::string(kArrowStream));
}

Error HttpRows::placed(const Error& error) const { return error.with_context(name_); }

bool HttpRows::next(const Wait& wait) {
  try {
    return assembler_.next(
        [&](std::span<uint8_t> out) { return download_->read(out, wait); });
  } catch (const Error& e) {
    const bool callers_own = e.code() == Code::kCancelled || e.code() == Code::kTimeout;
    if (callers_own) throw;
    throw placed(e);
  }
}

}  // namespace fletching
