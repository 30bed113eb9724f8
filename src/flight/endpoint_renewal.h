// SPDX-License-Identifier: Apache-2.0
// RenewFlightEndpoint (Flight.proto): tickets that would end before their turn comes.
#pragma once

#include <chrono>
#include <optional>

#include "base/wait.h"
#include "flight/messages.h"

namespace fletching {

class FlightPeer;

// When the endpoints of one result were got, which says how long they live.
class EndpointLife {
 public:
  using Moment = std::chrono::system_clock::time_point;

  explicit EndpointLife(Moment got) noexcept : got_(got) {}
  // It has an end, and that is near (10 s, or half its life) or past.
  [[nodiscard]] bool is_ending(const FlightEndpoint& endpoint,
                               Moment now) const noexcept;

 private:
  Moment got_;
};

// The endpoint that takes its place. nullopt: the server does not renew it, so the old
// ticket is tried. Throws what ends the wait.
[[nodiscard]] std::optional<FlightEndpoint> renew_on_server(
    FlightPeer& peer, const FlightEndpoint& endpoint, const Wait& wait);

}  // namespace fletching
