// SPDX-License-Identifier: Apache-2.0
// Statements that are sent as text, or as plans.
#pragma once

#include <memory>
#include <string_view>

#include "backend/backend.h"
#include "flightsql/remote.h"

namespace fletching {

// In the transaction that is open now.
[[nodiscard]] std::unique_ptr<Query> make_query(std::shared_ptr<Remote> remote,
                                                std::string_view sql);
[[nodiscard]] std::unique_ptr<Query> make_plan_query(std::shared_ptr<Remote> remote,
                                                     const SubstraitPlan& plan);

}  // namespace fletching
