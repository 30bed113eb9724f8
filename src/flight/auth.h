// SPDX-License-Identifier: Apache-2.0
// How calls are authorised: a fixed header, Basic, a bearer token given by the user or
// got from the Handshake, a token that a provider is asked for, and the new token that
// any response may bring. No I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "flight/client.h"

namespace fletching {

// Thread-safe; never waits, but for ask_if_due().
class Credentials {
 public:
  // How a call was authorised: its headers, and which state of the credentials made
  // them.
  struct Stamp {
    Headers headers;
    uint64_t version = 0;
  };

  explicit Credentials(const FlightOptions& options);

  [[nodiscard]] Stamp current() const;
  // A Handshake has to come first: user and password, and no token yet.
  [[nodiscard]] bool needs_login() const;
  // authorization: Basic, for the Handshake.
  [[nodiscard]] Headers login_headers() const;

  // What the Handshake brought: the token in a header or trailer `authorization`, else
  // its last payload as the token (sent as Bearer and as auth-token-bin, which is where
  // servers with the old Handshake look); nothing: Basic on every call from now on.
  void logged_in(const Headers& headers, const Headers& trailers,
                 std::string_view payload);
  // The server has no Handshake.
  void no_handshake();

  // A response of the origin: a new `authorization: Bearer` replaces the token at once.
  void learn(const Headers& response);

  // Asks the token source, if there is one and its token is due: outside of the fork
  // gate, on this thread. Callers at the same time ask once. Throws what the source
  // throws.
  void ask_if_due(const Wait& wait);

  // The server said UNAUTHENTICATED to a call with this stamp. True: current(), after a
  // Handshake where needs_login(), differs from what was refused.
  [[nodiscard]] bool refused(uint64_t version);

  [[nodiscard]] std::string description() const;

 private:
  enum class Kind : uint8_t { kNone, kFixed, kBearer, kBasic, kHandshake, kSource };

  const Kind kind_;
  const std::string user_, password_, given_;
  const std::unique_ptr<KeptToken> source_;  // of kSource
  mutable std::mutex mutex_;
  uint64_t version_ = 1;
  bool basic_always_ = false;
  bool rotated_ = false;       // token_ came with a response
  std::string token_;          // the authorization header's whole value; empty: none
  std::string payload_token_;  // auth-token-bin
  std::string from_source_;    // what source_ gave last
};

// The credentials of these options, shared with every equal identity of this process
// where options.share_token and there is something to share.
[[nodiscard]] std::shared_ptr<Credentials> credentials_for(
    const FlightOptions& options);

// Connections of this identity that are made from now on get a token of their own: this
// server's tokens are sessions.
void stop_sharing_token(const FlightOptions& options);

}  // namespace fletching
