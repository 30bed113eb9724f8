// SPDX-License-Identifier: Apache-2.0
// What one call still has to send: at most one message, given by reference, and whether
// it is the last.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "transport/output_queue.h"

namespace fletching {

class RequestBody {
 public:
  using Parts = std::span<const std::span<const uint8_t>>;

  // The message is the concatenation of parts, not compressed; its five bytes of prefix
  // are made here. The parts must stay valid until the output queue has sent them, or
  // abandon() and OutputQueue::detach(). Messages over 4 GiB - 1 are refused by
  // callers.
  void set_message(Parts parts) {
    parts_.clear();
    next_ = offset_ = 0;
    size_t size = 0;
    for (const auto& part : parts) {
      if (part.empty()) continue;
      parts_.push_back(part);
      size += part.size();
    }
    prefix_ = {0, static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
               static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
    prefix_left_ = prefix_.size();
    pending_ = size + prefix_.size();
  }

  void half_close() noexcept { half_closed_ = true; }
  [[nodiscard]] bool half_closed() const noexcept { return half_closed_; }
  [[nodiscard]] size_t pending() const noexcept { return pending_; }

  // Moves the next n <= pending() bytes to the queue.
  void take(size_t n, OutputQueue& out) {
    pending_ -= n;
    if (const size_t k = std::min(n, prefix_left_); k > 0) {
      out.add_copy(std::span(prefix_).subspan(prefix_.size() - prefix_left_, k));
      prefix_left_ -= k;
      n -= k;
    }
    while (n > 0) {
      const auto rest = parts_[next_].subspan(offset_);
      const size_t k = std::min(n, rest.size());
      if (k <= kCopyUpTo) {
        out.add_copy(rest.first(k));
      } else {
        out.add_reference(rest.first(k), this);
      }
      n -= k;
      offset_ += k;
      if (offset_ == parts_[next_].size()) {
        ++next_;
        offset_ = 0;
      }
    }
    if (pending_ == 0) end_ = out.added();
  }

  // The whole message has been given to the kernel (or none was set).
  [[nodiscard]] bool sent(const OutputQueue& out) const noexcept {
    return pending_ == 0 && out.sent() >= end_;
  }

  // Drops what has not been taken.
  void abandon() noexcept {
    parts_.clear();
    next_ = offset_ = pending_ = prefix_left_ = 0;
  }

 private:
  static constexpr size_t kCopyUpTo = 512;  // cheaper than one more iovec

  std::array<uint8_t, 5> prefix_{};
  size_t prefix_left_ = 0;
  std::vector<std::span<const uint8_t>> parts_;
  size_t next_ = 0;
  size_t offset_ = 0;
  size_t pending_ = 0;
  uint64_t end_ = 0;  // where in the output the message ends
  bool half_closed_ = false;
};

}  // namespace fletching
