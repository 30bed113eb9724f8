// SPDX-License-Identifier: Apache-2.0
// Dremio. No transactions; the schema is a header, and USE needs the cookies of one
// session (sqlalchemy_dremio, db.py); parameters historically unsupported (Dremio's
// Flight SQL notes). Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kDremio = {
    .name = "dremio",
    .product = "dremio",
    .dialect = "dremio",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kHeader,
    .schema_header = "schema",
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
};

}  // namespace fletching::profiles
