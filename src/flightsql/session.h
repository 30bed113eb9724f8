// SPDX-License-Identifier: Apache-2.0
// A driver Connection's session over Flight SQL.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "flight/client.h"

namespace fletching {

[[nodiscard]] std::unique_ptr<Session> make_session(
    std::shared_ptr<FlightClient> client);

}  // namespace fletching
