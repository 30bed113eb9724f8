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

GivenToken TokenSource::ask() const {
  GivenToken token;
  {
    const ForkGate::Outside outside;
    token = ask_();
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

void TokenRound::finish(std::exception_ptr failure) noexcept {
  failure_ = std::move(failure);
  finished_.store(true, std::memory_order_release);
  done_.set();
}

void TokenRound::join(const Wait& wait) const {
  if (::pthread_equal(asker_, ::pthread_self()) != 0) {
    throw Error(Code::kInvalidState,
                "token provider: it used the connection that waits for its token");
  }
  pollfd done{done_.fd(), POLLIN, 0};
  wait_for({&done, 1}, wait, "waiting for a token");
  // The event wakes, this orders: nothing in C++ says that a descriptor does.
  if (!finished_.load(std::memory_order_acquire) || !failure_) return;
  try {
    std::rethrow_exception(failure_);
  } catch (const Error&) {
    throw;
  } catch (...) {
    // The face's own exception belongs to the thread that got it.
    throw Error(Code::kUnauthenticated, "token provider: it failed in another thread");
  }
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
