// SPDX-License-Identifier: Apache-2.0
// Bearer tokens that somebody else provides while they are needed.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "base/wait.h"

namespace fletching {

struct GivenToken {
  std::string value;  // without "Bearer "
  std::optional<std::chrono::system_clock::time_point> expires;
};

// Asks the face's function. Two of them are never the same peer (see identity_of()).
class TokenSource {
 public:
  using Ask = std::function<GivenToken()>;

  explicit TokenSource(Ask ask);

  // Runs the function, outside of the fork gate; the caller holds no lock. Throws what
  // it throws; kUnauthenticated where the answer is no token that can be sent.
  [[nodiscard]] GivenToken ask() const;
  // Of this process, never given to another source.
  [[nodiscard]] uint64_t id() const noexcept { return id_; }

 private:
  const Ask ask_;
  const uint64_t id_;
};

// One question that several callers wait for. The one who made it asks.
class TokenRound {
 public:
  TokenRound();

  // The asker has got it, or not.
  void finish(std::exception_ptr failure) noexcept;
  // Waits for the asker; throws an Error where it failed.
  void join(const Wait& wait) const;
  // The asker is gone: it was a thread of the process that this one was forked from.
  [[nodiscard]] bool is_abandoned() const noexcept;

 private:
  const uint32_t generation_;
  const pthread_t asker_;
  Event done_;
  std::atomic<bool> finished_{false};  // before done_
  std::exception_ptr failure_;         // before finished_
};

// When to ask again for a token that was got `now`: a minute before its end, or halfway
// where it does not live two.
[[nodiscard]] std::chrono::system_clock::time_point renewal_of(
    const GivenToken& token, std::chrono::system_clock::time_point now) noexcept;

}  // namespace fletching
