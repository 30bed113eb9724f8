// SPDX-License-Identifier: Apache-2.0
// Prepared statements that a connection keeps for the next time: a text is prepared
// once for each transaction. An entry is out of the cache while it is used, so each has
// one user at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/backend.h"

namespace fletching {

// Thread-safe. Its destructor forgets what it holds in another fork generation.
class PreparedCache {
 public:
  // Servers forget handles that rest: those that did for `longest` are not used again.
  explicit PreparedCache(std::chrono::nanoseconds longest = kLongest);
  ~PreparedCache();
  PreparedCache(const PreparedCache&) = delete;
  PreparedCache& operator=(const PreparedCache&) = delete;

  // Null where there is none. What belongs to a transaction that is over is dropped.
  [[nodiscard]] std::unique_ptr<PreparedQuery> take(std::string_view text,
                                                    uint64_t transaction);
  void put(std::string_view text, uint64_t transaction,
           std::unique_ptr<PreparedQuery> query);
  void clear();
  [[nodiscard]] std::chrono::nanoseconds longest() const noexcept { return longest_; }

  static constexpr size_t kMost = 32;
  static constexpr std::chrono::seconds kLongest{120};

 private:
  struct Entry {
    std::string text;
    uint64_t transaction;
    std::unique_ptr<PreparedQuery> query;
    std::chrono::steady_clock::time_point since;
  };
  using Entries = std::list<Entry>;

  [[nodiscard]] Entries take_stale(uint64_t transaction);

  const uint32_t generation_;
  const std::chrono::nanoseconds longest_;
  std::mutex mutex_;
  Entries entries_;  // the last used first
};

// A prepared statement in use: goes back to the cache unless it failed.
class PreparedLease {
 public:
  PreparedLease(std::shared_ptr<PreparedCache> cache, std::string text,
                uint64_t transaction, std::unique_ptr<PreparedQuery> query);
  ~PreparedLease();
  PreparedLease(const PreparedLease&) = delete;
  PreparedLease& operator=(const PreparedLease&) = delete;

  [[nodiscard]] PreparedQuery& operator*() const noexcept { return *query_; }
  [[nodiscard]] PreparedQuery* operator->() const noexcept { return query_.get(); }
  [[nodiscard]] uint64_t transaction() const noexcept { return transaction_; }
  // It is run now.
  void touch() noexcept { used_ = std::chrono::steady_clock::now(); }
  [[nodiscard]] bool has_rested_too_long() const noexcept {
    return std::chrono::steady_clock::now() - used_ > cache_->longest();
  }
  // It is not used again: its last run failed, or it rested too long, and nobody knows
  // how it is now.
  void spoil() noexcept { spoiled_ = true; }

 private:
  const uint32_t generation_;
  std::shared_ptr<PreparedCache> cache_;
  std::string text_;
  uint64_t transaction_;
  std::unique_ptr<PreparedQuery> query_;
  std::chrono::steady_clock::time_point used_ = std::chrono::steady_clock::now();
  bool spoiled_ = false;
};

}  // namespace fletching
