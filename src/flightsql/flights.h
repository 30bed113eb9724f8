// SPDX-License-Identifier: Apache-2.0
// The Flight RPCs of a session, one by one.
#pragma once

#include <memory>

#include "backend/flights.h"
#include "flightsql/remote.h"

namespace fletching {

// Throws as check_headers().
[[nodiscard]] std::unique_ptr<Flights> make_flights(std::shared_ptr<Remote> remote,
                                                    CallHeaders headers);

}  // namespace fletching
