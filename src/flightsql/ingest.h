// SPDX-License-Identifier: Apache-2.0
// CommandStatementIngest.
#pragma once

#include "backend/backend.h"
#include "flight/client.h"

namespace fletching {

// See Session::ingest(); `transaction`: its id, or empty.
int64_t ingest_rows(FlightClient& client, const IngestTarget& target,
                    std::string_view transaction, ResultStream& rows,
                    const ProgressCallback& progress, const Wait& wait);

}  // namespace fletching
