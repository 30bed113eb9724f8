// SPDX-License-Identifier: Apache-2.0
#include "flight/cookies.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace fletching {
namespace {

// Far more than any server sets; a bound on what a hostile one can make us send.
constexpr size_t kMaxCookies = 64;
constexpr size_t kMaxCookieBytes = 64 << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// Cuts what stands before the first `mark` off the front of text.
std::string_view cut(std::string_view& text, char mark) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

bool is_sendable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

std::optional<int64_t> to_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    return text.front() == '-' ? INT64_MIN : INT64_MAX;
  }
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

CookieJar::Moment after_seconds(CookieJar::Moment now, int64_t seconds) {
  constexpr int64_t kTenYears = int64_t{10} * 365 * 86400;
  if (seconds <= 0) return CookieJar::Moment::min();
  return now + std::chrono::seconds(std::min(seconds, kTenYears));
}

// RFC 6265 5.1.4: the directory of the request's path.
std::string default_path(std::string_view request) {
  const size_t slash = request.rfind('/');
  if (request.empty() || request.front() != '/' || slash == 0) return "/";
  return std::string(request.substr(0, slash));
}

bool path_matches(std::string_view request, std::string_view path) {
  if (!request.starts_with(path)) return false;
  return request.size() == path.size() || path.ends_with('/') ||
         request[path.size()] == '/';
}

int month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr",
                                                        "may", "jun", "jul", "aug",
                                                        "sep", "oct", "nov", "dec"};
  const std::string start = to_lower(word.substr(0, 3));
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (start == kMonths[i]) return static_cast<int>(i) + 1;
  }
  return 0;
}

// The parts of a date as they are found, in any order.
struct DateParts {
  std::optional<int64_t> day, year, hour, minute, second;
  int month = 0;

  void take(std::string_view token) {
    if (token.find(':') != token.npos && !hour) {
      hour = to_number(cut(token, ':'));
      minute = to_number(cut(token, ':'));
      second = to_number(token);
    } else if (const auto number = to_number(token)) {
      auto& place = !day && token.size() <= 2 ? day : year;
      if (!place) place = number;
    } else if (month == 0) {
      month = month_of(token);
    }
  }

  [[nodiscard]] bool valid() const {
    return day && year && hour && minute && second && month != 0 && *day >= 1 &&
           *day <= 31 && *year >= 1601 && *year <= 9999 && *hour >= 0 && *hour <= 23 &&
           *minute >= 0 && *minute <= 59 && *second >= 0 && *second <= 59;
  }
};

}  // namespace

bool parse_cookie_date(std::string_view text, CookieJar::Moment& out) {
  DateParts parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" ,-\t"), text.size());
    if (end > 0) parts.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (parts.year && *parts.year >= 70 && *parts.year <= 99) *parts.year += 1900;
  if (parts.year && *parts.year >= 0 && *parts.year <= 69) *parts.year += 2000;
  if (!parts.valid()) return false;
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(*parts.year)),
                            month(static_cast<unsigned>(parts.month)),
                            day(static_cast<unsigned>(*parts.day))};
  if (!date.ok()) return false;
  // The clock counts nanoseconds and ends in 2262; later is as good as never.
  if (*parts.year > 2200) {
    out = CookieJar::Moment::max();
    return true;
  }
  if (*parts.year < 1900) {
    out = CookieJar::Moment::min();
    return true;
  }
  out = sys_days(date) + hours(*parts.hour) + minutes(*parts.minute) +
        seconds(*parts.second);
  return true;
}

bool CookieJar::parse(std::string_view text, const Place& from, Moment now,
                      Cookie& out) {
  std::string_view pair = cut(text, ';');
  if (pair.find('=') == pair.npos) return false;
  out.name = trim(cut(pair, '='));
  out.value = trim(pair);
  out.host = to_lower(from.host);
  out.path = default_path(from.path);
  if (out.name.empty() || out.name.find(' ') != std::string::npos ||
      !is_sendable(out.name) || !is_sendable(out.value)) {
    return false;
  }
  bool has_max_age = false;  // which beats Expires, in whatever order they come
  while (!text.empty()) {
    std::string_view value = cut(text, ';');
    const std::string name = to_lower(trim(cut(value, '=')));
    value = trim(value);
    if (name == "secure") out.secure = true;
    if (name == "path" && value.starts_with('/')) out.path = value;
    if (name == "max-age") {
      if (const auto seconds = to_number(value)) {
        out.expires = after_seconds(now, *seconds);
        has_max_age = true;
      }
    }
    Moment date;
    if (name == "expires" && !has_max_age && parse_cookie_date(value, date)) {
      out.expires = date;
    }
  }
  return true;
}

void CookieJar::put(Cookie cookie, Moment now) {
  std::erase_if(cookies_, [&](const Cookie& old) {
    return old.expires <= now || (old.name == cookie.name && old.host == cookie.host &&
                                  old.path == cookie.path);
  });
  if (cookie.expires <= now) return;
  if (cookies_.size() >= kMaxCookies) cookies_.erase(cookies_.begin());
  cookies_.push_back(std::move(cookie));
}

void CookieJar::absorb(const Headers& response, const Place& from, Moment now) {
  for (const auto& [name, value] : response) {
    if (name != "set-cookie" || value.size() > kMaxCookieBytes) continue;
    Cookie cookie;
    if (!parse(value, from, now, cookie)) continue;
    const std::lock_guard lock(mutex_);
    put(std::move(cookie), now);
  }
}

std::string CookieJar::header(const Place& to, Moment now) const {
  const std::string host = to_lower(to.host);
  const std::lock_guard lock(mutex_);
  std::vector<const Cookie*> send;
  for (const auto& cookie : cookies_) {
    if (cookie.host == host && cookie.expires > now && (!cookie.secure || to.secure) &&
        path_matches(to.path, cookie.path)) {
      send.push_back(&cookie);
    }
  }
  // Longer paths first, as RFC 6265 5.4 asks.
  std::stable_sort(send.begin(), send.end(), [](const Cookie* a, const Cookie* b) {
    return a->path.size() > b->path.size();
  });
  std::string out;
  for (const Cookie* cookie : send) {
    if (!out.empty()) out += "; ";
    out += cookie->name + "=" + cookie->value;
  }
  return out;
}

std::string CookieJar::value(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(cookies_.rbegin(), cookies_.rend(),
                                  [&](const Cookie& c) { return c.name == name; });
  return found == cookies_.rend() ? "" : found->value;
}

size_t CookieJar::size() const {
  const std::lock_guard lock(mutex_);
  return cookies_.size();
}

}  // namespace fletching
