// SPDX-License-Identifier: Apache-2.0
// How anything in the core waits: one description of when to give up, one primitive to
// wake somebody, one function that sleeps. Nothing else in the core may block.
#pragma once

#include <poll.h>

#include <atomic>
#include <memory>
#include <span>

#include "base/deadline.h"
#include "fletching/error.h"
#include "fletching/tick.h"

namespace fletching {

// A wake-up that can be polled (an eventfd). Setting it is async-signal-safe, lock-free
// and never blocks; it stays set until cleared. Thread-safe.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() noexcept;
  void clear() noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

// A request to stop, sticky: once cancelled always cancelled. Make one for each
// execution, so that a late cancel cannot hit the next one. Thread-safe.
class CancelToken {
 public:
  void cancel() noexcept {
    cancelled_.store(true, std::memory_order_release);
    event_.set();
  }
  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_acquire);
  }
  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

 private:
  std::atomic<bool> cancelled_{false};
  Event event_;
};

// When a wait ends without what was waited for. Cheap to copy; what it points to must
// outlive the wait.
struct Wait {
  Deadline deadline;
  const CancelToken* cancel = nullptr;
  Tick* tick = nullptr;
  const CancelToken* stop = nullptr;  // like cancel, for whoever else may end it

  [[nodiscard]] Wait until(Deadline other) const noexcept {
    Wait copy = *this;
    copy.deadline = deadline.earlier(other);
    return copy;
  }
  // Throws kCancelled or kTimeout when it is over, naming what was being done.
  void check(const char* doing) const;
};

// Sleeps until one of fds has an event (revents are filled in, true), or `wake` has
// come (false: a moment of the caller's own, earlier than the deadline). Throws
// kCancelled "doing: cancelled", kTimeout "doing: timed out", or what the tick throws.
// Leaves the fork gate while it sleeps.
bool wait_for(std::span<pollfd> fds, const Wait& wait, const char* doing,
              Deadline wake = Deadline::never());

}  // namespace fletching
