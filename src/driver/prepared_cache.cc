// SPDX-License-Identifier: Apache-2.0
#include "driver/prepared_cache.h"

#include <algorithm>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {

using Steady = std::chrono::steady_clock;

PreparedCache::PreparedCache(std::chrono::nanoseconds longest)
    : generation_(ForkGate::generation()), longest_(longest) {}

PreparedCache::~PreparedCache() {
  if (generation_ == ForkGate::generation()) return;
  // The handles are the parent's: not even a reset may be sent for them.
  for (Entry& entry : entries_) static_cast<void>(entry.query.release());
}

// What cannot be used any more; destroyed by the caller, without the lock.
PreparedCache::Entries PreparedCache::take_stale(uint64_t transaction) {
  Entries stale;
  const auto oldest = Steady::now() - longest_;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto here = at++;
    const bool over = here->transaction != 0 && here->transaction != transaction;
    if (over || here->since < oldest) stale.splice(stale.end(), entries_, here);
  }
  return stale;
}

std::unique_ptr<PreparedQuery> PreparedCache::take(std::string_view text,
                                                   uint64_t transaction) {
  Entries stale;
  const std::lock_guard lock(mutex_);
  stale = take_stale(transaction);
  const auto found = std::find_if(
      entries_.begin(), entries_.end(),
      [&](const Entry& e) { return e.transaction == transaction && e.text == text; });
  if (found == entries_.end()) return nullptr;
  auto query = std::move(found->query);
  entries_.erase(found);
  return query;
}

void PreparedCache::put(std::string_view text, uint64_t transaction,
                        std::unique_ptr<PreparedQuery> query) {
  Entries dropped;
  const std::lock_guard lock(mutex_);
  entries_.push_front(
      {std::string(text), transaction, std::move(query), Steady::now()});
  if (entries_.size() > kMost) {
    dropped.splice(dropped.end(), entries_, std::prev(entries_.end()));
  }
}

void PreparedCache::clear() {
  Entries dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(entries_);
}

PreparedLease::PreparedLease(std::shared_ptr<PreparedCache> cache, std::string text,
                             uint64_t transaction, std::unique_ptr<PreparedQuery> query)
    : generation_(ForkGate::generation()),
      cache_(std::move(cache)),
      text_(std::move(text)),
      transaction_(transaction),
      query_(std::move(query)) {}

PreparedLease::~PreparedLease() {
  if (generation_ != ForkGate::generation()) {
    static_cast<void>(query_.release());
    return;
  }
  const ForkGate::Pass pass;
  if (spoiled_) {
    query_.reset();
    return;
  }
  try {
    cache_->put(text_, transaction_, std::move(query_));
  } catch (const std::bad_alloc&) {
    // It is closed instead.
  }
}

}  // namespace fletching
