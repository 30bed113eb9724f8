// SPDX-License-Identifier: Apache-2.0
// PollFlightInfo: a query that the server runs while it tells how far it is.
#pragma once

#include <string_view>

#include "backend/backend.h"
#include "flightsql/remote.h"

namespace fletching {

// Starts the command and polls until it is done: its FlightInfo. Tells `progress` what
// each answer says. A server without PollFlightInfo gets GetFlightInfo, once. Only an
// UNAVAILABLE or DEADLINE_EXCEEDED of a later poll is polled again, with a jittered
// back-off. However it ends before it is done, the server is told to stop.
[[nodiscard]] FlightInfo poll_to_end(Remote& remote, std::string_view command,
                                     const ProgressCallback& progress,
                                     const Wait& wait);

}  // namespace fletching
