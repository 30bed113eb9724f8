// SPDX-License-Identifier: Apache-2.0
// InfluxDB 3. Read only over Flight; prepared statements exist, but Core 3.10 does not
// resolve bound values (trickster#985: "No value found for placeholder"; docs-v2#5387).
// The database is chosen by a header (InfluxData's clients, query_api.py). Writes go by
// line protocol, so every statement may be sent again. Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kInfluxDb3 = {
    .name = "influxdb3",
    .product = "influxdb",
    .dialect = "datafusion",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kHeader,
    .schema_by = ServerProfile::Choice::kNone,
    .catalog_header = "database",
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .has_session_close = false,
    .read_only = true,
};

}  // namespace fletching::profiles
