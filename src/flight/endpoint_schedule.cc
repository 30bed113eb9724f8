// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_schedule.h"

#include <algorithm>
#include <utility>

namespace fletching {
namespace {

constexpr int64_t kMinWindow = 64 << 10;

}  // namespace

EndpointSchedule::EndpointSchedule(size_t endpoints, int concurrency)
    : endpoints_(endpoints),
      width_(std::min(endpoints, static_cast<size_t>(std::max(concurrency, 1)))) {}

std::optional<size_t> EndpointSchedule::to_open() const noexcept {
  if (failure_ || next_ == endpoints_ || next_ - current_ >= width_)
    return std::nullopt;
  return next_;
}

void EndpointSchedule::open_failed(std::exception_ptr why) noexcept {
  failure_ = std::move(why);
}

void EndpointSchedule::ended() noexcept { ++current_; }

std::exception_ptr EndpointSchedule::failure() const noexcept {
  return current_ == next_ ? failure_ : nullptr;
}

uint32_t window_of(int64_t budget, size_t streams, uint32_t limit) noexcept {
  const int64_t share = budget / static_cast<int64_t>(std::max<size_t>(streams, 1));
  const int64_t most = std::max<int64_t>(limit, kMinWindow);
  return static_cast<uint32_t>(std::clamp(share, kMinWindow, most));
}

}  // namespace fletching
