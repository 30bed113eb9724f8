// SPDX-License-Identifier: Apache-2.0
// GizmoSQL (DuckDB). The Handshake's token carries the session; SetSessionOptions
// "catalog" is USE; CommandStatementIngest and transactions are there
// (docs.gizmosql.com/python_adbc; gizmosql PR#51, #78, #174). Documentation only.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kGizmoSql = {
    .name = "gizmosql",
    .product = "gizmosql",
    .dialect = "duckdb",
    .share_token = false,
};

}  // namespace fletching::profiles
