// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <new>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {
namespace {

constexpr size_t kRing = 1024;

struct Ring {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::deque<LogRecord> records;
  uint64_t lost = 0;
};

// Immortal, and locked across fork so that the child's copy is whole.
alignas(Ring) unsigned char g_storage[sizeof(Ring)];
Ring* g_ring = nullptr;
std::atomic<LogLevel> g_level{LogLevel::kWarning};
pthread_once_t g_once = PTHREAD_ONCE_INIT;

void lock_ring() { pthread_mutex_lock(&g_ring->mutex); }
void unlock_ring() { pthread_mutex_unlock(&g_ring->mutex); }

LogLevel level_from_environment() {
  const char* text = std::getenv("FLETCHING_LOG");
  const std::string_view name = text == nullptr ? "" : text;
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kWarning;
}

void start() {
  g_ring = new (g_storage) Ring;
  g_level.store(level_from_environment(), std::memory_order_relaxed);
  ForkGate::protect(g_ring->mutex);
}

}  // namespace

void set_log_level(LogLevel level) noexcept {
  pthread_once(&g_once, start);
  g_level.store(level, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) noexcept {
  pthread_once(&g_once, start);
  return level >= g_level.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view text) noexcept try {
  if (!log_enabled(level)) return;
  LogRecord record{level, std::chrono::system_clock::now(), std::string(text)};
  lock_ring();
  g_ring->records.push_back(std::move(record));
  if (g_ring->records.size() > kRing) {
    g_ring->records.pop_front();
    ++g_ring->lost;
  }
  unlock_ring();
} catch (...) {
  // Out of memory: a lost record is the least of it.
}

std::vector<LogRecord> drain_log(uint64_t* lost) {
  pthread_once(&g_once, start);
  std::deque<LogRecord> taken;
  lock_ring();
  taken.swap(g_ring->records);
  if (lost != nullptr) *lost = std::exchange(g_ring->lost, 0);
  unlock_ring();
  return {std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end())};
}

}  // namespace fletching
