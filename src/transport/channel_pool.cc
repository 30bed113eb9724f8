// SPDX-License-Identifier: Apache-2.0
#include "transport/channel_pool.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <vector>

#include "base/fork_gate.h"

namespace fletching {
namespace {

struct Entry {
  std::string identity;
  std::shared_ptr<Channel> channel;
};

struct Pool {
  explicit Pool(uint32_t made_in) : generation(made_in) {}
  const uint32_t generation;
  std::mutex mutex;
  std::list<Entry> entries;  // the youngest first
};

std::atomic<Pool*> g_pool{nullptr};

// One of this generation; an inherited one is leaked with all it holds.
Pool& pool() {
  Pool* found = g_pool.load(std::memory_order_acquire);
  while (found == nullptr || found->generation != ForkGate::generation()) {
    auto* fresh = std::make_unique<Pool>(ForkGate::generation()).release();
    if (g_pool.compare_exchange_strong(found, fresh)) return *fresh;
    delete fresh;
  }
  return *found;
}

using Dropped = std::vector<std::shared_ptr<Channel>>;

// What is dead or too much; destroyed by the caller, without the lock.
void trim(Pool& p, const std::string& identity, Dropped& dropped) {
  size_t of_identity = 0;
  size_t all = 0;
  for (auto it = p.entries.begin(); it != p.entries.end();) {
    const bool same = it->identity == identity;
    const bool keep = it->channel->usable() && all < kPooledInAll &&
                      (!same || of_identity < kPooledPerIdentity);
    if (keep) {
      ++all;
      of_identity += same ? 1 : 0;
      ++it;
    } else {
      dropped.push_back(std::move(it->channel));
      it = p.entries.erase(it);
    }
  }
}

}  // namespace

std::shared_ptr<Channel> take_pooled_channel(const std::string& identity) {
  const ForkGate::Pass pass;
  Dropped dropped;
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  trim(p, identity, dropped);
  const auto same = [&](const Entry& e) { return e.identity == identity; };
  const auto it = std::find_if(p.entries.begin(), p.entries.end(), same);
  if (it == p.entries.end()) return nullptr;
  auto channel = std::move(it->channel);
  p.entries.erase(it);
  return channel;
}

void pool_channel(const std::string& identity,
                  std::shared_ptr<Channel> channel) noexcept {
  const ForkGate::Pass pass;
  if (channel == nullptr || !channel->usable()) return;
  try {
    Dropped dropped;
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    p.entries.push_front({identity, std::move(channel)});
    trim(p, identity, dropped);
  } catch (const std::bad_alloc&) {
    // Not kept, then.
  }
}

void clear_channel_pool() noexcept {
  const ForkGate::Pass pass;
  std::list<Entry> dropped;
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  dropped.swap(p.entries);
}

size_t pooled_channels() noexcept {
  const ForkGate::Pass pass;
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  return p.entries.size();
}

}  // namespace fletching
