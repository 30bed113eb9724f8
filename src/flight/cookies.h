// SPDX-License-Identifier: Apache-2.0
// HTTP cookies (RFC 6265) of one logged-in peer: servers keep sessions by them. No I/O.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "transport/channel.h"

namespace fletching {

// Thread-safe. Every cookie belongs to the one host that set it, whatever its Domain
// says: nothing is ever sent to a sibling.
class CookieJar {
 public:
  using Moment = std::chrono::system_clock::time_point;

  // Where a call goes to.
  struct Place {
    std::string_view host;  // compared without case
    std::string_view path;  // of the RPC
    bool secure = false;    // TLS, or does not leave the machine
  };

  // Takes every set-cookie out of a response's headers or trailers. What cannot be a
  // cookie is ignored; one with the same name, host and path is replaced.
  void absorb(const Headers& response, const Place& from, Moment now);
  // The value of the `cookie` header for a call, or empty.
  [[nodiscard]] std::string header(const Place& to, Moment now) const;
  // The value of the cookie with this name that was set last, or empty.
  [[nodiscard]] std::string value(std::string_view name) const;
  [[nodiscard]] size_t size() const;

 private:
  struct Cookie {
    std::string name, value, host, path;
    bool secure = false;
    Moment expires = Moment::max();
  };

  void put(Cookie cookie, Moment now);
  static bool parse(std::string_view text, const Place& from, Moment now, Cookie& out);

  mutable std::mutex mutex_;
  std::vector<Cookie> cookies_;  // in the order of their making
};

// Expires as RFC 6265 5.1.1 reads it ("Wed, 21 Oct 2015 07:28:00 GMT", also with dashes
// and two-digit years); false if it is no date.
[[nodiscard]] bool parse_cookie_date(std::string_view text, CookieJar::Moment& out);

}  // namespace fletching
