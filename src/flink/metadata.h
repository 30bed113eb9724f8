// SPDX-License-Identifier: Apache-2.0
// Catalogs, databases, tables and columns, by SHOW and DESCRIBE: what both kinds of
// Flink server have. A database is what the driver calls a schema.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "flink/statements.h"

namespace fletching::flink {

// Rows with the names of Flight SQL's columns, at least those that were asked for; the
// driver filters. kNotImplemented for foreign keys, types and SqlInfo.
[[nodiscard]] std::unique_ptr<ResultStream> read_metadata(
    const std::shared_ptr<Statements>& statements, const MetadataRequest& request,
    const Wait& wait);

}  // namespace fletching::flink
