// SPDX-License-Identifier: Apache-2.0
// IOMETE (Spark SQL behind Arrow Flight). Several rows of parameters are rejected and a
// prepared command runs only while its stream is read (iomete_sqlalchemy, dialect.py,
// do_executemany and do_execute); the catalog goes by the header "schema", which
// iomete:// URLs set. The URL's schema is chosen by USE, which is Spark's own way; each
// connection logs in by itself, since nobody says whether a session is the token's.
// Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kIomete = {
    .name = "iomete",
    .product = "iomete",
    .dialect = "spark",
    .binding = ServerProfile::Binding::kServerOneRow,
    .catalog_by = ServerProfile::Choice::kHeader,
    .schema_by = ServerProfile::Choice::kUseStatement,
    .catalog_header = "schema",
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .share_token = false,
};

}  // namespace fletching::profiles
