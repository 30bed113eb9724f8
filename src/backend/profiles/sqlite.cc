// SPDX-License-Identifier: Apache-2.0
// arrow-go's SQLite example: `?` and batches of parameters, transactions by action; the
// stock program has no ingest and no session actions, and says so. Run against v18.8.0.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kSqlite = {
    .name = "sqlite",
    .product = "sqlite",
    .dialect = "sqlite",
};

}  // namespace fletching::profiles
