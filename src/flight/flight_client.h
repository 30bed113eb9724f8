// SPDX-License-Identifier: Apache-2.0
// FlightClient over any Network.
#pragma once

#include <memory>

#include "flight/client.h"
#include "flight/network.h"

namespace fletching {

// What FlightClient::connect() does, over the given network.
[[nodiscard]] std::shared_ptr<FlightClient> connect_flight(
    const FlightOptions& options, std::shared_ptr<Network> network, const Wait& wait);

}  // namespace fletching
