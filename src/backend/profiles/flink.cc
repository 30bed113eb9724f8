// SPDX-License-Identifier: Apache-2.0
// Apache Flink's SQL Gateway over REST: no prepared statements, so values are written
// into the text; no transactions; a catalog and database are chosen when its session is
// opened. Run against 2.3.0.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kFlink = {
    .name = "flink",
    .product = "apache flink",
    .dialect = "flink",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kNone,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
};

}  // namespace fletching::profiles
