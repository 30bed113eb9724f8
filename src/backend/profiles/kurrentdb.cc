// SPDX-License-Identifier: Apache-2.0
// KurrentDB 26.1. SELECT only, in a DuckDB-like dialect; refuses statements without a
// FROM such as SELECT 1; metadata commands give no endpoints (kurrent-sqlalchemy's
// README and dialect.py; docs.kurrent.io, server v26.1, queries/flightsql). Its client
// inlines values, since no way to bind them is documented. Documentation only.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kKurrentDb = {
    .name = "kurrentdb",
    .product = "kurrentdb",
    .dialect = "duckdb",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kNone,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .has_session_close = false,
    .read_only = true,
};

}  // namespace fletching::profiles
