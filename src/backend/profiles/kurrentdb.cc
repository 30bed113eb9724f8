// SPDX-License-Identifier: Apache-2.0
// KurrentDB 26.1. SELECT only, which DuckDB runs; refuses statements without a FROM
// such as SELECT 1; metadata commands give no endpoints; results end when the log does
// (kurrent-sqlalchemy's README and dialect.py; docs.kurrent.io, server v26.1,
// queries/flightsql; the server's FlightSqlServer.cs). It binds parameters, but only
// integers of 8, 32 and 64 bits, booleans, text and bytes, and says so when the rows
// are read (FlightSqlServer.PreparedStmt.cs): written into the text every type works.
// Documentation and sources only: not run.
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
    .max_rows_variable = "KURRENTDB_MAX_ROWS",
    .max_rows = 10000,
};

}  // namespace fletching::profiles
