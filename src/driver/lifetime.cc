// SPDX-License-Identifier: Apache-2.0
// Entry, cancel tokens and the end of the process.
#include <pthread.h>

#include <algorithm>

#include "arrow/prefetcher.h"
#include "driver/state.h"

namespace fletching {
namespace {

std::atomic<bool> g_shutting_down{false};

// Immortal: tokens are made and cancelled until the process is gone. Its mutex is only
// held inside a fork gate pass, so a child finds it free.
TokenList& all_tokens() {
  static auto& list = *new TokenList;
  return list;
}

}  // namespace

bool shutting_down() noexcept {
  return g_shutting_down.load(std::memory_order_acquire);
}

Entry::Entry(uint32_t generation) {
  if (generation != ForkGate::generation()) {
    throw Error(Code::kInvalidState,
                "this object was made before the process forked, and belongs to the "
                "parent (connect again in the child)",
                "08003");
  }
  if (shutting_down()) {
    throw Error(Code::kInvalidState, "the interpreter is shutting down");
  }
}

SharedToken new_token() {
  auto token = std::make_shared<CancelToken>();
  all_tokens().add(token);
  return token;
}

void TokenList::add(const SharedToken& token) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [](const auto& weak) { return weak.expired(); });
  tokens_.push_back(token);
}

void TokenList::cancel_all() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& weak : tokens_) {
    if (const SharedToken token = weak.lock()) token->cancel();
  }
  tokens_.clear();
}

void shutdown(double seconds) noexcept {
  g_shutting_down.store(true, std::memory_order_release);
  const ForkGate::Pass pass;
  all_tokens().cancel_all();
  const auto span = std::chrono::duration<double>(std::clamp(seconds, 0.0, 60.0));
  stop_prefetchers(std::chrono::duration_cast<std::chrono::milliseconds>(span));
}

}  // namespace fletching
