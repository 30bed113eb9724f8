// SPDX-License-Identifier: Apache-2.0
// Arrow Flight SQL behind the driver's seam.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "flight/client.h"

namespace fletching {

// No network until open_session().
[[nodiscard]] std::unique_ptr<Backend> make_flight_sql_backend(FlightOptions options);

}  // namespace fletching
