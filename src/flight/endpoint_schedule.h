// SPDX-License-Identifier: Apache-2.0
// Which endpoints of a result are open at a time and which one's rows come next. No
// I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>

namespace fletching {

// Endpoints are opened in order, at most `concurrency` at a time, and read in order:
// rows of a later one wait in its call. The first endpoint that fails is the last.
class EndpointSchedule {
 public:
  EndpointSchedule(size_t endpoints, int concurrency);

  // Every endpoint was read to its end.
  [[nodiscard]] bool done() const noexcept { return current_ == endpoints_; }
  // The endpoint whose rows come now; not if done().
  [[nodiscard]] size_t current() const noexcept { return current_; }
  // What may be opened now, if anything.
  [[nodiscard]] std::optional<size_t> to_open() const noexcept;
  [[nodiscard]] bool is_open(size_t endpoint) const noexcept {
    return endpoint >= current_ && endpoint < next_;
  }
  // How many are open at most at any time.
  [[nodiscard]] size_t width() const noexcept { return width_; }

  void opened() noexcept { ++next_; }                 // to_open()
  void open_failed(std::exception_ptr why) noexcept;  // to_open()
  void ended() noexcept;                              // current()

  // Why current() cannot be opened, or null.
  [[nodiscard]] std::exception_ptr failure() const noexcept;

 private:
  size_t endpoints_;
  size_t width_;
  size_t current_ = 0;
  size_t next_ = 0;             // the first that is not open yet
  std::exception_ptr failure_;  // of next_
};

// How far one of `streams` calls may be read ahead so that all stay within `budget`:
// at least 64 KiB, at most `limit`.
[[nodiscard]] uint32_t window_of(int64_t budget, size_t streams,
                                 uint32_t limit) noexcept;

}  // namespace fletching
