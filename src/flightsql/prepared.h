// SPDX-License-Identifier: Apache-2.0
// Statements that the server has prepared.
#pragma once

#include <memory>
#include <string_view>

#include "backend/backend.h"
#include "flightsql/remote.h"

namespace fletching {

class PreparedStatement : public PreparedQuery {
 public:
  // Binds the rows (null: none) and asks where the result is.
  [[nodiscard]] virtual FlightInfo info(ResultStream* parameters, const Wait& wait) = 0;
};

// CreatePreparedStatement, in the open transaction. `client`: the remote's own, or one
// of the same connection with headers of its own.
[[nodiscard]] std::unique_ptr<PreparedStatement> prepare_statement(
    std::shared_ptr<Remote> remote, std::shared_ptr<FlightClient> client,
    std::string_view sql, const Wait& wait);
// CreatePreparedSubstraitPlan.
[[nodiscard]] std::unique_ptr<PreparedStatement> prepare_plan(
    std::shared_ptr<Remote> remote, std::shared_ptr<FlightClient> client,
    const SubstraitPlan& plan, const Wait& wait);

}  // namespace fletching
