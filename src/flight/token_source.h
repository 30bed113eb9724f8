// SPDX-License-Identifier: Apache-2.0
// Bearer tokens that somebody else provides while they are needed.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
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
  // Given the wait that needs the token: of a function that waits for nothing but a
  // human or a program of its own, it need not be heeded.
  using Ask = std::function<GivenToken(const Wait&)>;

  explicit TokenSource(Ask ask);

  // Runs the function, outside of the fork gate; the caller holds no lock. Throws what
  // it throws; kUnauthenticated where the answer is no token that can be sent.
  [[nodiscard]] GivenToken ask(const Wait& wait) const;
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

  // The asker has got it, or not; `gave_up`: because its own wait was over.
  void finish(std::exception_ptr failure, bool gave_up) noexcept;
  // Waits for the asker; throws an Error where it failed. False: it gave up, which says
  // nothing to others.
  [[nodiscard]] bool join(const Wait& wait) const;
  // The asker is gone: it was a thread of the process that this one was forked from.
  [[nodiscard]] bool is_abandoned() const noexcept;

 private:
  const uint32_t generation_;
  const pthread_t asker_;
  Event done_;
  std::atomic<bool> finished_{false};  // before done_
  std::exception_ptr failure_;         // before finished_
  bool gave_up_ = false;               // the same
};

// When to ask again for a token that was got `now`: a minute before its end, or halfway
// where it does not live two.
[[nodiscard]] std::chrono::system_clock::time_point renewal_of(
    const GivenToken& token, std::chrono::system_clock::time_point now) noexcept;

// The token of a source until it is nearly over or refused. Thread-safe; callers at the
// same time ask once.
class KeptToken {
 public:
  explicit KeptToken(std::shared_ptr<const TokenSource> source)
      : source_(std::move(source)) {}

  // `refused`: one that the server would not take, else empty. On the caller's thread,
  // outside of the fork gate while it asks; throws what the source throws.
  [[nodiscard]] std::string get(const std::string& refused, const Wait& wait);

 private:
  void end_round(std::exception_ptr failure, bool gave_up) noexcept;
  std::string ask(const Wait& wait);

  const std::shared_ptr<const TokenSource> source_;
  std::mutex mutex_;  // held for moments
  std::string value_;
  std::chrono::system_clock::time_point renewal_;
  std::shared_ptr<TokenRound> round_;  // while somebody asks
};

}  // namespace fletching
