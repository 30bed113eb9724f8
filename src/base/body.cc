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
};

}  // namespace internal

namespace {

using internal::BodyBlock;

constexpr size_t kAlign = 64;
constexpr size_t kSlack = 64;
constexpr size_t kSlab = size_t{4} << 20;
constexpr size_t kLarge = size_t{2} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kLargeStep = size_t{256} << 10;
constexpr size_t kKeepAtLeast = size_t{64} << 20;
constexpr size_t kMostFree = 1024;
constexpr size_t kHeader = (sizeof(BodyBlock) + kAlign - 1) / kAlign * kAlign;

// A block nobody uses. A lazy one was given to the kernel by MADV_FREE: it takes the
// pages only when memory is short, and until then reuse costs no page fault. Its bytes,
// header included, may be gone at any moment, so the list lives outside of the blocks.
struct FreeBlock {
  void* address;
  size_t mapped;
  bool lazy;
};

// Immortal and usable in a forked child: the fork gate holds the lock across fork, and
// both sides start from an unlocked pool with all of its blocks.
struct Pool {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  BodyBlock* current = nullptr;  // the slab being cut, with one reference of the pool's
  size_t in_use = 0;
  size_t peak = 0;  // of in_use since the last result ended
  size_t kept = 0;  // of the free blocks, lazy ones included
  size_t hot = 0;   // of those that are not lazy
  size_t free_count = 0;
  FreeBlock free[kMostFree];
};

alignas(Pool) unsigned char g_storage[sizeof(Pool)];
Pool* g_pool = nullptr;
pthread_once_t g_once = PTHREAD_ONCE_INIT;

void make_pool() {
  g_pool = new (g_storage) Pool;
  ForkGate::protect(g_pool->mutex);
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

// The kernel gives huge pages only where a whole aligned one fits, so the mapping is
// made too large and its ends are cut off.
void* map_aligned(size_t size) {
  const size_t more = size + kHugePage;
  void* p = ::mmap(nullptr, more, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<uint8_t*>(p);
  const size_t before =
      (kHugePage - reinterpret_cast<uintptr_t>(p) % kHugePage) % kHugePage;
  if (before > 0) ::munmap(begin, before);
  if (more - before > size) ::munmap(begin + before + size, more - before - size);
  return begin + before;
}

BodyBlock* map_block(size_t size) {
  void* p = map_aligned(size);
  return new (p) BodyBlock{{1}, size, kHeader};
}

FreeBlock remove_free(Pool& p, size_t at) {
  const FreeBlock found = p.free[at];
  p.free[at] = p.free[--p.free_count];
  p.kept -= found.mapped;
  if (!found.lazy) p.hot -= found.mapped;
  return found;
}

void count_in(Pool& p, size_t mapped) {
  p.in_use += mapped;
  p.peak = std::max(p.peak, p.in_use);
}

// A free block of `size` bytes, or a little more, counted as in use; null if none fits.
BodyBlock* take_free(Pool& p, size_t size, size_t at_most) {
  for (size_t i = 0; i < p.free_count; ++i) {
    if (p.free[i].mapped < size || p.free[i].mapped > at_most) continue;
    const FreeBlock found = remove_free(p, i);
    count_in(p, found.mapped);
    return new (found.address) BodyBlock{{1}, found.mapped, kHeader};
  }
  return nullptr;
}

// Keeps a block for the next result: the first quarter of what was in use as it is, the
// rest at the kernel's disposal. False if there is no place for it.
bool keep(Pool& p, void* address, size_t mapped) {
  if (p.free_count == kMostFree || p.kept + mapped > std::max(kKeepAtLeast, p.peak)) {
    return false;
  }
  const bool lazy = p.hot + mapped > std::max(kKeepAtLeast, p.peak / 4);
  if (lazy && ::madvise(address, mapped, MADV_FREE) != 0) return false;
  p.free[p.free_count++] = {address, mapped, lazy};
  p.kept += mapped;
  if (!lazy) p.hot += mapped;
  return true;
}

// A result has ended: what is kept beyond its size served an earlier, larger one.
void trim(Pool& p) {
  const size_t limit = std::max(kKeepAtLeast, p.peak);
  for (size_t i = p.free_count; i-- > 0 && p.kept > limit;) {
    const FreeBlock gone = remove_free(p, i);
    ::munmap(gone.address, gone.mapped);
  }
  p.peak = p.in_use;
}

// The last reference is gone.
void retire(BodyBlock* block) noexcept {
  Pool& p = pool();
  const size_t mapped = block->mapped;
  const Lock lock(p);
  p.in_use -= mapped;
  if (!keep(p, block, mapped)) ::munmap(block, mapped);
  // Only the slab being cut is left.
  if (p.in_use <= kSlab) trim(p);
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
    if (BodyBlock* found = take_free(p, need, need + need / 4)) return found;
  }
  BodyBlock* fresh = map_block(need);
  const Lock lock(p);
  count_in(p, need);
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
      p.current = take_free(p, kSlab, kSlab);
      if (p.current == nullptr) {
        p.current = map_block(kSlab);
        count_in(p, kSlab);
      }
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
