// SPDX-License-Identifier: Apache-2.0
// Results as Arrow C streams whose errors keep their ADBC status and details.
#pragma once

#include <arrow-adbc/adbc.h>

#include "arrow/owned.h"
#include "fletching/driver.h"

namespace fletching::adbc {

// Fills in `out`; for an update it is a stream without columns and rows.
void export_result(Result result, ArrowArrayStream* out);

// What ended a stream that export_result() made: valid until it is released. Null where
// nothing did, or it is somebody else's.
[[nodiscard]] const AdbcError* stream_error(ArrowArrayStream* stream,
                                            AdbcStatusCode* status) noexcept;

// A stream of one array, or of none; takes both.
void export_array(UniqueSchema schema, UniqueArray array, ArrowArrayStream* out);
void export_no_rows(UniqueSchema schema, ArrowArrayStream* out);

}  // namespace fletching::adbc
