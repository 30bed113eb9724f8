// SPDX-License-Identifier: Apache-2.0
// The transaction of one session, with its savepoints. The rules are those of
// backend.h.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flight/client.h"

namespace fletching {

// Thread-safe.
class Transaction {
 public:
  explicit Transaction(std::shared_ptr<FlightClient> client);

  void begin(const Wait& wait);
  // Nothing to do where none is open.
  void commit(const Wait& wait);
  void rollback(const Wait& wait);
  void savepoint(std::string_view name, const Wait& wait);
  void rollback_to(std::string_view name, const Wait& wait);
  void release(std::string_view name, const Wait& wait);

  // The server's name for it; empty: none is open.
  [[nodiscard]] std::string id() const;
  // See Session::transaction().
  [[nodiscard]] uint64_t number() const;
  // Leaves word with the client to roll back what is open.
  void abandon() noexcept;

 private:
  struct Savepoint {
    std::string name, id;
  };

  std::string take();
  void end_later(const std::string& id) noexcept;
  std::string known_savepoint(std::string_view name) const;
  void forget_savepoints(const std::string& id, bool itself);

  const std::shared_ptr<FlightClient> client_;
  mutable std::mutex mutex_;  // guards all below; never held while waiting
  bool beginning_ = false;
  std::string id_;
  uint64_t number_ = 0;
  std::vector<Savepoint> savepoints_;  // oldest first
};

}  // namespace fletching
