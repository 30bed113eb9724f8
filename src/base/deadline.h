// SPDX-License-Identifier: Apache-2.0
// A point in monotonic time by which something must have happened, or never.
#pragma once

#include <algorithm>
#include <chrono>

namespace fletching {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  constexpr Deadline() = default;  // never
  [[nodiscard]] static Deadline never() noexcept { return {}; }
  [[nodiscard]] static Deadline at(Clock::time_point when) noexcept {
    Deadline d;
    d.when_ = when;
    return d;
  }
  // Zero or less means never, as for every time option.
  [[nodiscard]] static Deadline after(std::chrono::nanoseconds span) noexcept {
    if (span.count() <= 0) return never();
    return at(Clock::now() + std::chrono::duration_cast<Clock::duration>(span));
  }

  [[nodiscard]] bool is_never() const noexcept {
    return when_ == Clock::time_point::max();
  }
  [[nodiscard]] bool expired() const noexcept {
    return !is_never() && Clock::now() >= when_;
  }
  [[nodiscard]] Clock::time_point when() const noexcept { return when_; }
  [[nodiscard]] std::chrono::nanoseconds left() const noexcept {
    if (is_never()) return std::chrono::nanoseconds::max();
    return std::max(std::chrono::nanoseconds(when_ - Clock::now()),
                    std::chrono::nanoseconds(0));
  }
  [[nodiscard]] Deadline earlier(Deadline other) const noexcept {
    return at(std::min(when_, other.when_));
  }

 private:
  Clock::time_point when_ = Clock::time_point::max();
};

}  // namespace fletching
