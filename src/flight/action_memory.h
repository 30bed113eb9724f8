// SPDX-License-Identifier: Apache-2.0
// Which actions a server has said that it does not have, remembered by the process for
// each identity: what is asked for in passing (cancelling, renewing, closing) is not
// asked for again.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "fletching/error.h"

namespace fletching {

// Thread-safe; callers hold a ForkGate::Pass.
class ActionMemory {
 public:
  // Notes it if the error is the server's UNIMPLEMENTED.
  void learn(std::string_view type, const Error& error) noexcept;
  [[nodiscard]] bool lacks(std::string_view type) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> missing_;
};

// That of this identity (see identity_of()).
[[nodiscard]] std::shared_ptr<ActionMemory> action_memory(const std::string& identity);

}  // namespace fletching
