// SPDX-License-Identifier: Apache-2.0
// Signal handlers of Python during waits of the core.
#pragma once

#include "fletching/tick.h"

namespace fletching::python {

// What the tick throws through the core when a handler raised; the Python error itself
// waits in a slot, since the core may copy, keep or drop exceptions under its locks.
struct Interrupted {};

// The one tick of the process, immortal. On the main thread it takes the interpreter
// lock and runs the signal handlers that are due; on others it does nothing.
[[nodiscard]] Tick& python_tick() noexcept;

[[nodiscard]] bool on_main_thread() noexcept;

}  // namespace fletching::python
