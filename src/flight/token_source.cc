// SPDX-License-Identifier: Apache-2.0
#include "flight/token_source.h"

#include <algorithm>
#include <atomic>

#include "base/fork_gate.h"

namespace fletching {
namespace {

using Moment = std::chrono::system_clock::time_point;

bool is_sendable(const std::string& token) {
  return std::all_of(token.begin(), token.end(),
                     [](char c) { return c > 0x20 && c < 0x7f; });
}

uint64_t next_id() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace

TokenSource::TokenSource(Ask ask) : ask_(std::move(ask)), id_(next_id()) {}

GivenToken TokenSource::ask(const Wait& wait) const {
  GivenToken token;
  {
    const ForkGate::Outside outside;
    token = ask_(wait);
  }
  if (token.value.empty() || !is_sendable(token.value)) {
    throw Error(Code::kUnauthenticated,
                token.value.empty()
                    ? "token provider: it gave no token"
                    : "token provider: what it gave has characters that no token has");
  }
  return token;
}

TokenRound::TokenRound()
    : generation_(ForkGate::generation()), asker_(::pthread_self()) {}

void TokenRound::finish(std::exception_ptr failure, bool gave_up) noexcept {
  failure_ = std::move(failure);
  gave_up_ = gave_up;
  finished_.store(true, std::memory_order_release);
  done_.set();
}

bool TokenRound::join(const Wait& wait) const {
  if (::pthread_equal(asker_, ::pthread_self()) != 0) {
    throw Error(Code::kInvalidState,
                "token provider: it used the connection that waits for its token");
  }
  pollfd done{done_.fd(), POLLIN, 0};
  wait_for({&done, 1}, wait, "waiting for a token");
  // The event wakes, this orders: nothing in C++ says that a descriptor does.
  const bool finished = finished_.load(std::memory_order_acquire);
  if (finished && gave_up_) return false;
  if (!finished || !failure_) return true;
  try {
    std::rethrow_exception(failure_);
  } catch (const Error&) {
    throw;
  } catch (...) {
    // The face's own exception belongs to the thread that got it.
    throw Error(Code::kUnauthenticated, "token provider: it failed in another thread");
  }
}

std::string KeptToken::get(const std::string& refused, const Wait& wait) {
  while (true) {
    std::shared_ptr<TokenRound> others;
    {
      const std::lock_guard lock(mutex_);
      const bool good = !value_.empty() && value_ != refused &&
                        std::chrono::system_clock::now() < renewal_;
      if (good) return value_;
      if (round_ != nullptr && !round_->is_abandoned()) {
        others = round_;
      } else {
        round_ = std::make_shared<TokenRound>();
      }
    }
    if (others == nullptr) return ask(wait);
    if (!others->join(wait)) continue;
    const std::lock_guard lock(mutex_);
    return value_;  // new, even where the source gave the same again
  }
}

std::string KeptToken::ask(const Wait& wait) {
  try {
    GivenToken token = source_->ask(wait);
    {
      const std::lock_guard lock(mutex_);
      renewal_ = renewal_of(token, std::chrono::system_clock::now());
      value_ = token.value;
    }
    end_round(nullptr, false);
    return std::move(token.value);
  } catch (...) {
    const bool gave_up =
        wait.deadline.expired() || (wait.cancel != nullptr && wait.cancel->cancelled());
    end_round(std::current_exception(), gave_up);
    throw;
  }
}

void KeptToken::end_round(std::exception_ptr failure, bool gave_up) noexcept {
  std::shared_ptr<TokenRound> mine;
  {
    const std::lock_guard lock(mutex_);
    mine.swap(round_);
  }
  mine->finish(std::move(failure), gave_up);
}

bool TokenRound::is_abandoned() const noexcept {
  return generation_ != ForkGate::generation();
}

Moment renewal_of(const GivenToken& token, Moment now) noexcept {
  if (!token.expires) return Moment::max();
  const auto life = *token.expires - now;
  return now + std::max<Moment::duration>(life - std::chrono::minutes(1), life / 2);
}

}  // namespace fletching
