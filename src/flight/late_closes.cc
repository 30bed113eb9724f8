// SPDX-License-Identifier: Apache-2.0
#include "flight/late_closes.h"

#include <atomic>
#include <iterator>
#include <list>
#include <mutex>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {
namespace {

constexpr std::chrono::minutes kKept{10};

struct Left {
  std::string identity;
  std::weak_ptr<Channel> channel;
  Clock::time_point when;
  Close close;
};

struct Store {
  explicit Store(uint32_t made_in) : generation(made_in) {}
  const uint32_t generation;
  std::atomic<size_t> count{0};
  std::mutex mutex;
  std::list<Left> left;  // the oldest first
};

std::atomic<Store*> g_store{nullptr};

// One of this generation, immortal; an inherited one is leaked, for the handles in it
// are the parent's to close.
Store& store() {
  Store* found = g_store.load(std::memory_order_acquire);
  while (found == nullptr || found->generation != ForkGate::generation()) {
    auto fresh = std::make_unique<Store>(ForkGate::generation());
    if (g_store.compare_exchange_strong(found, fresh.get())) return *fresh.release();
  }
  return *found;
}

void forget_old(Store& s) {
  const auto limit = Clock::now() - kKept;
  while (!s.left.empty() && s.left.front().when < limit) s.left.pop_front();
}

}  // namespace

void leave_closes(const std::string& identity, std::weak_ptr<Channel> channel,
                  std::vector<Close> closes) noexcept {
  if (closes.empty()) return;
  const ForkGate::Pass pass;
  try {
    std::list<Left> added;
    for (Close& close : closes) {
      added.push_back({identity, channel, Clock::now(), std::move(close)});
    }
    Store& s = store();
    const std::lock_guard lock(s.mutex);
    forget_old(s);
    if (s.left.size() + added.size() <= kMaxLateCloses) {
      s.left.splice(s.left.end(), added);
    }
    s.count = s.left.size();
  } catch (const std::bad_alloc&) {
    // The server forgets the handles in its own time.
  }
}

std::vector<Close> take_closes(const std::string& identity,
                               const std::shared_ptr<Channel>& channel) {
  const ForkGate::Pass pass;
  Store& s = store();
  std::vector<Close> out;
  if (s.count.load(std::memory_order_relaxed) == 0) return out;
  const std::lock_guard lock(s.mutex);
  forget_old(s);
  for (auto it = s.left.begin(); it != s.left.end();) {
    const auto made_on = it->channel.lock();
    if (it->identity == identity && (made_on == nullptr || made_on == channel)) {
      out.push_back(std::move(it->close));
      it = s.left.erase(it);
    } else {
      ++it;
    }
  }
  s.count = s.left.size();
  return out;
}

}  // namespace fletching
