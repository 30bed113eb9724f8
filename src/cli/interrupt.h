// SPDX-License-Identifier: Apache-2.0
// Ctrl-C on the command line.
#pragma once

#include <functional>

#include "fletching/tick.h"

namespace fletching::cli {

// Thrown out of a wait once SIGINT or SIGTERM has come; the signal's number.
struct Interrupted {
  int signal;
};

// Installs the handlers, once (the only place that changes signal dispositions), and
// returns the tick that throws. A second signal while the first is being dealt with
// kills at once.
[[nodiscard]] Tick* interrupt_tick();

// The signal has been heard: waits for what is to be tidied up do not throw again.
void interrupt_heard() noexcept;

// What else the tick does as long as this lives, every 50 ms of a wait: on the thread
// that waits.
class OnTick {
 public:
  explicit OnTick(std::function<void()> work);
  ~OnTick();
  OnTick(const OnTick&) = delete;
  OnTick& operator=(const OnTick&) = delete;
};

}  // namespace fletching::cli
