// SPDX-License-Identifier: Apache-2.0
// Waiting on connections without a thread of their own. Of the threads that wait for
// something on a connection one leads: it polls the socket and does the work of all.
// The others follow: each sleeps on an event that the leader sets when their turn has
// come, to take their result or to lead.
#pragma once

#include <span>
#include <vector>

#include "base/wait.h"

namespace fletching {

class Http2Connection;

// What one thread waits for on one connection. Called with the connection's mutex held.
class Target {
 public:
  explicit Target(Http2Connection& connection) : connection_(connection) {}
  virtual ~Target() = default;
  [[nodiscard]] virtual bool ready() = 0;
  // Ends what is overdue; returns when to be asked again.
  virtual Clock::time_point check_time(Clock::time_point now) = 0;
  [[nodiscard]] Http2Connection& connection() const noexcept { return connection_; }

 private:
  Http2Connection& connection_;
};

// Waits until one of `targets` is ready, driving their connections or following those
// who do; returns its index, or targets.size() when `nap` has come. Throws as wait_for
// does. Call it without any connection's mutex and with a ForkGate::Pass.
size_t drive(std::span<Target* const> targets, const Wait& wait, Deadline nap,
             const char* doing);

// For long work between waits: lets other threads fork, runs the tick if it is due, and
// throws what ends the wait. Call it without any lock and with a ForkGate::Pass.
void breathe(const Wait& wait, const char* doing);

}  // namespace fletching
