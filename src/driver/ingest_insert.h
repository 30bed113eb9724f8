// SPDX-License-Identifier: Apache-2.0
// Writing rows into a table by SQL, for servers without bulk ingest.
#pragma once

#include <string>

#include "driver/statement_run.h"

namespace fletching {

// The dialect's name of an Arrow type. Throws kNotImplemented where it is not known.
[[nodiscard]] std::string sql_type(const SqlDialect& dialect, const ArrowSchema& field);

// CREATE TABLE (and DROP TABLE before) as the target's mode says, then INSERTs, bound
// or with literals as the connection binds. The rows written, -1 unknown.
[[nodiscard]] int64_t insert_rows(const Execution& run, const ServerProfile& profile,
                                  const IngestOptions& target,
                                  std::unique_ptr<ResultStream> rows,
                                  PacedProgress& progress);

}  // namespace fletching
