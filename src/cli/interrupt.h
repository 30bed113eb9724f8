// SPDX-License-Identifier: Apache-2.0
// Ctrl-C on the command line.
#pragma once

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

}  // namespace fletching::cli
