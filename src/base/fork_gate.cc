// SPDX-License-Identifier: Apache-2.0
#include "base/fork_gate.h"

#include <pthread.h>

#include <atomic>
#include <new>

namespace fletching {
namespace {

// A readers-writer lock of our own: std::shared_mutex lets readers starve the forking
// thread, and a pthread lock taken before fork cannot be given back in the child.
struct Gate {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  int inside = 0;
  int forking = 0;
};

// Immortal: threads may still come here while statics are destroyed.
alignas(Gate) unsigned char g_storage[sizeof(Gate)];
std::atomic<Gate*> g_gate{nullptr};
std::atomic<uint32_t> g_generation{0};
thread_local int t_depth = 0;

// The mutexes of protect(). Slots are filled once and never emptied.
constexpr int kMostProtected = 8;
std::atomic<pthread_mutex_t*> g_protected[kMostProtected];

Gate& gate() { return *g_gate.load(std::memory_order_acquire); }

void enter() noexcept {
  Gate& g = gate();
  pthread_mutex_lock(&g.mutex);
  while (g.forking > 0) pthread_cond_wait(&g.changed, &g.mutex);
  ++g.inside;
  pthread_mutex_unlock(&g.mutex);
}

void leave() noexcept {
  Gate& g = gate();
  pthread_mutex_lock(&g.mutex);
  if (--g.inside == 0 && g.forking > 0) pthread_cond_broadcast(&g.changed);
  pthread_mutex_unlock(&g.mutex);
}

// A thread that forks from inside (a signal handler run by a tick is outside already)
// counts itself out, or it would wait for itself.
void prepare() noexcept {
  Gate& g = gate();
  pthread_mutex_lock(&g.mutex);
  ++g.forking;
  const int own = t_depth > 0 ? 1 : 0;
  while (g.inside > own) pthread_cond_wait(&g.changed, &g.mutex);
  for (auto& slot : g_protected) {
    if (pthread_mutex_t* mutex = slot.load()) pthread_mutex_lock(mutex);
  }
}

void parent() noexcept {
  for (auto& slot : g_protected) {
    if (pthread_mutex_t* mutex = slot.load()) pthread_mutex_unlock(mutex);
  }
  Gate& g = gate();
  --g.forking;
  pthread_cond_broadcast(&g.changed);
  pthread_mutex_unlock(&g.mutex);
}

void child() noexcept {
  for (auto& slot : g_protected) {
    if (pthread_mutex_t* mutex = slot.load()) *mutex = PTHREAD_MUTEX_INITIALIZER;
  }
  Gate* fresh = new (g_storage) Gate;
  fresh->inside = t_depth > 0 ? 1 : 0;
  g_gate.store(fresh, std::memory_order_release);
  g_generation.fetch_add(1, std::memory_order_relaxed);
}

void install_once() noexcept {
  g_gate.store(new (g_storage) Gate, std::memory_order_release);
  pthread_atfork(prepare, parent, child);
}

pthread_once_t g_once = PTHREAD_ONCE_INIT;

}  // namespace

void ForkGate::install() noexcept { pthread_once(&g_once, install_once); }

void ForkGate::protect(pthread_mutex_t& mutex) noexcept {
  install();
  // A fork must not come between: prepare() and parent() must see the same slots.
  pthread_mutex_lock(&gate().mutex);
  for (auto& slot : g_protected) {
    if (slot.load() != nullptr) continue;
    slot.store(&mutex);
    break;
  }
  pthread_mutex_unlock(&gate().mutex);
}

uint32_t ForkGate::generation() noexcept {
  return g_generation.load(std::memory_order_relaxed);
}

ForkGate::Pass::Pass() noexcept {
  if (t_depth == 0) {
    install();
    enter();
  }
  ++t_depth;
}

ForkGate::Pass::~Pass() {
  if (--t_depth == 0) leave();
}

ForkGate::Outside::Outside() noexcept : depth_(t_depth) {
  t_depth = 0;
  if (depth_ > 0) leave();
}

ForkGate::Outside::~Outside() {
  if (depth_ > 0) enter();
  t_depth = depth_;
}

}  // namespace fletching
