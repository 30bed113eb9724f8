// SPDX-License-Identifier: Apache-2.0
// IOMETE (Spark SQL behind Arrow Flight). Several rows of parameters are rejected and a
// prepared command runs only while its stream is read (iomete_sqlalchemy, dialect.py,
// do_executemany and do_execute); the catalog goes by the header "schema", which
// iomete:// URLs set. Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kIomete = {
    .name = "iomete",
    .product = "iomete",
    .dialect = "spark",
    .binding = ServerProfile::Binding::kServerOneRow,
    .catalog_by = ServerProfile::Choice::kHeader,
    .schema_by = ServerProfile::Choice::kNone,
    .catalog_header = "schema",
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
};

}  // namespace fletching::profiles
