// SPDX-License-Identifier: Apache-2.0
// Statements that the server has prepared.
#pragma once

#include <memory>
#include <string_view>

#include "backend/backend.h"
#include "flightsql/remote.h"

namespace fletching {

// CreatePreparedStatement, in the open transaction.
[[nodiscard]] std::unique_ptr<PreparedQuery> prepare_statement(
    std::shared_ptr<Remote> remote, std::string_view sql, const Wait& wait);

}  // namespace fletching
