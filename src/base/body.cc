// SPDX-License-Identifier: Apache-2.0
#include "base/body.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <new>

#include "base/fork_gate.h"

namespace fletching {
namespace internal {

// Lives at the start of its mapping; the bodies follow.
struct BodyBlock {
  std::atomic<size_t> references;
  size_t mapped;
  size_t used;
  BodyBlock* next;
};

}  // namespace internal

namespace {

using internal::BodyBlock;

constexpr size_t kAlign = 64;
constexpr size_t kSlack = 64;
constexpr size_t kSlab = size_t{4} << 20;
constexpr size_t kLarge = size_t{2} << 20;
constexpr size_t kLargeStep = size_t{256} << 10;
constexpr size_t kKeepAtLeast = size_t{64} << 20;
constexpr size_t kHeader = (sizeof(BodyBlock) + kAlign - 1) / kAlign * kAlign;

// Immortal and usable in a forked child: the fork handlers hold the lock across fork and
// both sides start from an unlocked pool with all of its blocks.
struct Pool {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  BodyBlock* current = nullptr;  // the slab being cut, with one reference of the pool's
  BodyBlock* free_slabs = nullptr;
  BodyBlock* free_large = nullptr;
  size_t in_use = 0;
  size_t peak = 0;  // of in_use since it was last zero
  size_t kept = 0;
};

alignas(Pool) unsigned char g_storage[sizeof(Pool)];
Pool* g_pool = nullptr;
pthread_once_t g_once = PTHREAD_ONCE_INIT;

void lock_for_fork() { pthread_mutex_lock(&g_pool->mutex); }
void unlock_after_fork() { pthread_mutex_unlock(&g_pool->mutex); }
void renew_in_child() { g_pool->mutex = PTHREAD_MUTEX_INITIALIZER; }

void make_pool() {
  g_pool = new (g_storage) Pool;
  pthread_atfork(lock_for_fork, unlock_after_fork, renew_in_child);
}

Pool& pool() {
  pthread_once(&g_once, make_pool);
  return *g_pool;
}

class Lock {
 public:
  explicit Lock(Pool& pool) : pool_(pool) { pthread_mutex_lock(&pool_.mutex); }
  ~Lock() { pthread_mutex_unlock(&pool_.mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Pool& pool_;
};

size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

BodyBlock* map_block(size_t size) {
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  ::madvise(p, size, MADV_HUGEPAGE);  // advice: kernels without it say no, harmlessly
  return new (p) BodyBlock{{1}, size, kHeader, nullptr};
}

BodyBlock* take_free(BodyBlock** list, size_t size, size_t at_most) {
  for (BodyBlock** at = list; *at != nullptr; at = &(*at)->next) {
    BodyBlock* found = *at;
    if (found->mapped < size || found->mapped > at_most) continue;
    *at = found->next;
    return new (found) BodyBlock{{1}, found->mapped, kHeader, nullptr};
  }
  return nullptr;
}

void count_in(Pool& p, const BodyBlock* block) {
  p.in_use += block->mapped;
  p.peak = std::max(p.peak, p.in_use);
}

// The last reference is gone: keep the block for the next result or unmap it.
void retire(BodyBlock* block) noexcept {
  Pool& p = pool();
  BodyBlock* unmap = nullptr;
  {
    const Lock lock(p);
    p.in_use -= block->mapped;
    const size_t limit = std::max(kKeepAtLeast, p.peak / 4);
    if (p.kept + block->mapped <= limit) {
      BodyBlock*& list = block->mapped == kSlab ? p.free_slabs : p.free_large;
      block->next = list;
      list = block;
      p.kept += block->mapped;
    } else {
      unmap = block;
    }
    if (p.in_use == 0) p.peak = 0;
  }
  if (unmap != nullptr) ::munmap(unmap, unmap->mapped);
}

void release(BodyBlock* block) noexcept {
  if (block->references.fetch_sub(1, std::memory_order_acq_rel) == 1) retire(block);
}

BodyBlock* take_large(size_t size) {
  Pool& p = pool();
  const size_t need = round_up(kHeader + size + kSlack, kLargeStep);
  {
    const Lock lock(p);
    // A block up to a quarter too large may serve, so that sizes that vary a little
    // from batch to batch still reuse memory.
    if (BodyBlock* found = take_free(&p.free_large, need, need + need / 4)) {
      p.kept -= found->mapped;
      count_in(p, found);
      return found;
    }
  }
  BodyBlock* fresh = map_block(need);
  const Lock lock(p);
  count_in(p, fresh);
  return fresh;
}

}  // namespace

Body::Body(const Body& other) noexcept
    : block_(other.block_), data_(other.data_), size_(other.size_) {
  if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
}

Body::~Body() {
  if (block_ != nullptr) release(block_);
}

Body Body::allocate(size_t size) {
  Body body;
  if (size > SIZE_MAX / 2) throw std::bad_alloc();
  body.size_ = size;
  if (size >= kLarge) {
    body.block_ = take_large(size);
    body.data_ = reinterpret_cast<uint8_t*>(body.block_) + kHeader;
    return body;
  }
  Pool& p = pool();
  const size_t need = round_up(size + kSlack, kAlign);
  BodyBlock* full = nullptr;
  {
    const Lock lock(p);
    if (p.current == nullptr || p.current->used + need > kSlab) {
      full = p.current;
      p.current = nullptr;
      BodyBlock* slab = take_free(&p.free_slabs, kSlab, kSlab);
      if (slab != nullptr) p.kept -= slab->mapped;
      p.current = slab != nullptr ? slab : map_block(kSlab);
      count_in(p, p.current);
    }
    BodyBlock* slab = p.current;
    body.block_ = slab;
    body.data_ = reinterpret_cast<uint8_t*>(slab) + slab->used;
    slab->used += need;
    slab->references.fetch_add(1, std::memory_order_relaxed);
  }
  if (full != nullptr) release(full);
  return body;
}

BodyStatistics body_statistics() noexcept {
  Pool& p = pool();
  const Lock lock(p);
  return {p.in_use, p.kept};
}

}  // namespace fletching
