// SPDX-License-Identifier: Apache-2.0
// A short request whose answer must be heard: one that starts something which only the
// answer's name can stop. A cancel or an interrupt ends it a second later at most.
#pragma once

#include <exception>
#include <utility>

#include "base/wait.h"

namespace fletching::flink {

class Grace final : private Tick {
 public:
  // `wait` outlives this.
  explicit Grace(const Wait& wait) noexcept : asked_(wait) {}

  [[nodiscard]] Wait wait() noexcept {
    return {.deadline = asked_.deadline, .tick = this};
  }
  // Throws what ended it meanwhile, after `undo`.
  template <class Undo>
  void check(const char* doing, Undo&& undo) const {
    try {
      if (failure_ != nullptr) std::rethrow_exception(failure_);
      asked_.check(doing);
    } catch (...) {
      std::forward<Undo>(undo)();
      throw;
    }
  }

 private:
  void tick() override {
    if (failure_ == nullptr) {
      try {
        Wait unlimited = asked_;
        unlimited.deadline = Deadline::never();
        unlimited.check("submitting a statement to Flink");
        if (asked_.tick != nullptr) asked_.tick->tick();
      } catch (...) {
        failure_ = std::current_exception();
        end_ = Deadline::after(std::chrono::seconds(1));
      }
    }
    if (failure_ != nullptr && end_.expired()) std::rethrow_exception(failure_);
  }

  const Wait& asked_;
  std::exception_ptr failure_;
  Deadline end_ = Deadline::never();
};

}  // namespace fletching::flink
