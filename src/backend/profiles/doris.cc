// SPDX-License-Identifier: Apache-2.0
// Apache Doris. Tokens of clients that never close their session are evicted late
// (doris#67578), session actions are served since PR#67966; prepared statements are
// planned but values are not bound (doris#65615). Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kDoris = {
    .name = "doris",
    .product = "doris",
    .dialect = "doris",
    .binding = ServerProfile::Binding::kClient,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .one_query_at_a_time = true,
};

}  // namespace fletching::profiles
