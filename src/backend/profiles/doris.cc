// SPDX-License-Identifier: Apache-2.0
// Apache Doris, whose SqlInfo says DorisFE. The Handshake's token is the session, and
// those of clients that never close it fill the server's cache until it drops others
// (doris#67578), so every connection has its own and closes it; session actions are
// served since PR#67966. Prepared statements are planned but values are not bound
// (doris#65615). Documentation only: not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kDoris = {
    .name = "doris",
    .product = "doris",
    .dialect = "doris",
    .binding = ServerProfile::Binding::kClient,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .share_token = false,
};

}  // namespace fletching::profiles
