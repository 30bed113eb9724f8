// SPDX-License-Identifier: Apache-2.0
// REST over HTTP/1.1 (RFC 9112) with one origin, on the sockets, TLS and waits of the
// gRPC side: keep-alive, gzip, chunked bodies, CONNECT proxies, retries.
//
// Credentials go to the configured origin alone: a request names a path, never a host.
// Redirects are not followed; they are answers like any other.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/wait.h"
#include "transport/channel.h"
#include "transport/headers.h"

namespace fletching {

struct HttpOptions {
  ChannelOptions
      channel;      // place, TLS, proxy, connect_timeout, idle_discard, user_agent
  Headers headers;  // on every request, credentials too; lower-case names
  // Of the server, from the last byte of the request and between bytes of an answer.
  std::chrono::nanoseconds silence_timeout = std::chrono::seconds(60);
  size_t max_head = size_t{64} << 10;  // of an answer: status line, headers, trailers
  int64_t max_body = int64_t{512} << 20;  // after decompression
  int retries = 3;                        // further attempts of a repeatable request
  std::vector<int> retry_statuses = {429, 502, 503, 504};
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query, percent-encoded: "/v3/sessions?x=1"
  Headers headers = {};
  std::string body = {};
  std::string content_type = "application/json";  // where there is a body
  // Sending it twice does no harm: it is sent again after a lost connection and after
  // retry_statuses, with jittered back-off or as Retry-After says.
  bool repeatable = false;
};

struct HttpResponse {
  int status = 0;
  Headers headers;  // lower-case names
  std::string
      body;  // decompressed; its capacity is at least 64 bytes more than its size
};

// Thread-safe: each send() has a connection to itself and gives it back. Has no thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;  // never waits

  // No network. Throws kInvalidArgument for headers that cannot be sent.
  [[nodiscard]] static std::shared_ptr<HttpClient> create(HttpOptions options);

  // Opens a connection, unless an idle one is there, so that a dead host, a wrong port
  // or a bad certificate is found now. Throws as Channel::connect does.
  virtual void connect(const Wait& wait) = 0;

  // One request and its whole answer, whatever the status. Throws kIo: 08001 not
  // connected; 08006 the connection was lost or the answer is no HTTP (message and
  // may_have_run() say whether the request may have been carried out); kTimeout,
  // kCancelled; kInvalidData for an answer beyond the limits.
  virtual HttpResponse send(const HttpRequest& request, const Wait& wait) = 0;

  // Of the connection that was opened last.
  [[nodiscard]] virtual PeerInfo peer() const = 0;
  [[nodiscard]] virtual const HttpOptions& options() const noexcept = 0;
  virtual void close() noexcept = 0;  // idle connections; requests under way go on
};

// One segment of a path, percent-encoded. Throws kInvalidArgument for "", "." and "..",
// which would name another place.
[[nodiscard]] std::string path_segment(std::string_view name);

// Path and query of a URL that a server sent (absolute or relative), whatever host it
// names: it is asked for at the configured origin. Throws kInvalidData where it is no
// URL.
[[nodiscard]] std::string target_of_url(std::string_view url);

// The value of Retry-After (seconds, or an HTTP date against now), or zero.
[[nodiscard]] std::chrono::nanoseconds retry_after(const HttpResponse& response);

}  // namespace fletching
