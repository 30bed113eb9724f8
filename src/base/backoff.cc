// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.h"

#include <algorithm>
#include <random>

namespace fletching {
namespace {

constexpr double kJitter = 0.25;

// From -1 to 1.
double some_number() noexcept {
  thread_local std::minstd_rand generator(static_cast<uint32_t>(
      std::chrono::steady_clock::now().time_since_epoch().count()));
  const auto span = static_cast<double>(std::minstd_rand::max());
  return 2 * static_cast<double>(generator()) / span - 1;
}

}  // namespace

std::chrono::nanoseconds Backoff::next() noexcept {
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  const Nanoseconds grown =
      last_.count() == 0 ? Nanoseconds(first_) : Nanoseconds(last_) * factor_;
  last_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::min(grown, Nanoseconds(most_)));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      Nanoseconds(last_) * (1 + kJitter * some_number()));
}

}  // namespace fletching
