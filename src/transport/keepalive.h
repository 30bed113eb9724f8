// SPDX-License-Identifier: Apache-2.0
// When to prove by a PING that the other side still lives. No I/O, no clock of its own.
//
// gRPC servers close a connection ("too_many_pings") after three PINGs that came less
// than five minutes apart with no data from them between: so the second PING of a
// silence waits twice as long, and later ones over five minutes.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/deadline.h"

namespace fletching {

class Keepalive {
 public:
  using Time = Clock::time_point;
  using Span = std::chrono::nanoseconds;
  enum class Action : uint8_t { kNone, kPing, kDead };

  // Zero or less for `after`: never.
  Keepalive(Span after, Span timeout, Time now)
      : after_(after), timeout_(timeout), last_received_(now) {}

  // Bytes have come; `of_call`: of a call, not only of the connection.
  void received(Time now, bool of_call) {
    last_received_ = now;
    ping_sent_.reset();
    if (of_call) pings_ = 0;
  }

  // To be asked only while a call is open and somebody waits for it. kPing: a PING is
  // taken as sent.
  [[nodiscard]] Action due(Time now) {
    if (now < next()) return Action::kNone;
    if (ping_sent_) return Action::kDead;
    ping_sent_ = now;
    ++pings_;
    return Action::kPing;
  }

  // When to ask due() again.
  [[nodiscard]] Time next() const {
    if (ping_sent_) return timeout_.count() <= 0 ? Time::max() : *ping_sent_ + timeout_;
    if (after_.count() <= 0) return Time::max();
    return last_received_ + silence();
  }

  [[nodiscard]] Time last_received() const { return last_received_; }

 private:
  static constexpr Span kServersPatience = std::chrono::seconds(310);

  [[nodiscard]] Span silence() const {
    if (pings_ == 0) return after_;
    if (pings_ == 1) return 2 * after_;
    return std::max(after_, kServersPatience);
  }

  Span after_;
  Span timeout_;
  Time last_received_;
  std::optional<Time> ping_sent_;
  int pings_ = 0;  // of this silence
};

}  // namespace fletching
