// SPDX-License-Identifier: Apache-2.0
// Confluent Cloud for Apache Flink over REST: as Flink, but every statement carries its
// catalog and database. From its API's description; not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kConfluent = {
    .name = "confluent",
    .product = "confluent cloud",
    .dialect = "flink",
    .binding = ServerProfile::Binding::kClient,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kNone,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
};

}  // namespace fletching::profiles
