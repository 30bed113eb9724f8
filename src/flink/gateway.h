// SPDX-License-Identifier: Apache-2.0
// Apache Flink's SQL Gateway, REST v1 to v4.
#pragma once

#include <memory>

#include "flink/statements.h"

namespace fletching::flink {

// Asks which version both sides know, and opens a session. A session that the server
// has forgotten is opened again and set up as it was, with the next statement.
[[nodiscard]] std::shared_ptr<Statements> open_gateway(const Options& options,
                                                       const Wait& wait);

}  // namespace fletching::flink
