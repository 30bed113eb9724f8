// SPDX-License-Identifier: Apache-2.0
// When a transaction begins by itself.
#pragma once

#include <string_view>

#include "driver/state.h"

namespace fletching {

// Whether a statement has to be in a transaction: all but certain reads, and but those
// that begin and end transactions or steer the session (BEGIN, COMMIT, SET, USE, ...).
[[nodiscard]] bool needs_transaction(std::string_view sql,
                                     const SqlDialect& dialect) noexcept;

// Begins the connection's transaction where autocommit is off and none is open. Threads
// that come at the same time share one. Throws kNotImplemented where autocommit was
// switched off and the server has no transactions.
void enter_transaction(Connection::State& state, Session& session, const Wait& wait);

}  // namespace fletching
