// SPDX-License-Identifier: Apache-2.0
// ClickHouse 26.5 and later. One bound row only; transaction ids are refused; no
// CloseSession (clickhouse-docs#6124, ClickHouse#115018). Documentation only.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kClickHouse = {
    .name = "clickhouse",
    .product = "clickhouse",
    .dialect = "clickhouse",
    .binding = ServerProfile::Binding::kServerOneRow,
    .catalog_by = ServerProfile::Choice::kNone,
    .schema_by = ServerProfile::Choice::kUseStatement,
    .transactions = TransactionSupport::kNone,
    .has_session_close = false,
};

}  // namespace fletching::profiles
