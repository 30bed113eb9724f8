// SPDX-License-Identifier: Apache-2.0
// A call that one thread uses and any thread may cancel, before it begins too.
#pragma once

#include <mutex>

#include "base/fork_gate.h"
#include "flight/peer.h"

namespace fletching {

class SharedCall {
 public:
  // Callers of all but cancel() hold a ForkGate::Pass.
  void begin(PeerCall call) {
    const std::lock_guard lock(mutex_);
    call_ = std::move(call);
    if (cancelled_) call_.cancel();
  }
  void drop() {
    const std::lock_guard lock(mutex_);
    call_ = PeerCall();
  }
  [[nodiscard]] PeerCall* operator->() noexcept { return &call_; }

  // Of the process that `peer` belongs to; elsewhere nothing.
  void cancel(const FlightPeer& peer) noexcept {
    if (peer.generation() != ForkGate::generation()) return;
    const ForkGate::Pass pass;
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (call_) call_.cancel();
  }

 private:
  std::mutex mutex_;  // guards call_'s being replaced
  PeerCall call_;
  bool cancelled_ = false;
};

}  // namespace fletching
