// SPDX-License-Identifier: Apache-2.0
// What was learnt of a server and does not change between two connections, remembered
// by the process for each identity.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backend/server_info.h"

namespace fletching {

// Thread-safe; callers hold a ForkGate::Pass.
class ServerMemory {
 public:
  [[nodiscard]] bool lacks_polling() const noexcept { return lacks_polling_; }
  void note_lacks_polling() noexcept { lacks_polling_ = true; }

  [[nodiscard]] std::optional<ServerInfo> info() const;
  void note_info(const ServerInfo& info);

 private:
  std::atomic<bool> lacks_polling_{false};
  mutable std::mutex mutex_;
  std::optional<ServerInfo> info_;
};

// That of this identity (see identity_of()).
[[nodiscard]] std::shared_ptr<ServerMemory> server_memory(const std::string& identity);

}  // namespace fletching
