// SPDX-License-Identifier: Apache-2.0
// StarRocks. One query at a time on a connection, later ones wait and time out
// (starrocks PR#65889, #65558); the database goes by a header since PR#78049; statement
// and prepared paths only. Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kStarRocks = {
    .name = "starrocks",
    .product = "starrocks",
    .dialect = "starrocks",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kHeader,
    .schema_header = "database",
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .one_query_at_a_time = true,
};

}  // namespace fletching::profiles
