// SPDX-License-Identifier: Apache-2.0
// A caller's say in every wait of the core.
#pragma once

namespace fletching {

// Called about every 50 ms of waiting and after a signal, on the waiting thread, with
// neither a core lock nor the fork gate held. It may throw, which ends the wait with
// that exception: the Python face runs signal handlers here. Must outlive what it is
// given to.
class Tick {
 public:
  virtual ~Tick() = default;
  virtual void tick() = 0;
};

}  // namespace fletching
