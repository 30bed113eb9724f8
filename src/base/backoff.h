// SPDX-License-Identifier: Apache-2.0
// Pauses that grow, and that differ from client to client so that those who lost the
// same server do not come back together. Not a source of secrets.
#pragma once

#include <chrono>

namespace fletching {

class Backoff {
 public:
  // Each pause is off by up to a quarter either way.
  Backoff(std::chrono::nanoseconds first, std::chrono::nanoseconds most,
          double factor = 2) noexcept
      : first_(first), most_(most), factor_(factor) {}

  // The next pause, from the first on.
  [[nodiscard]] std::chrono::nanoseconds next() noexcept;
  void restart() noexcept { last_ = {}; }

 private:
  std::chrono::nanoseconds first_, most_;
  double factor_;
  std::chrono::nanoseconds last_{0};  // without its jitter
};

}  // namespace fletching
