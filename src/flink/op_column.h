// SPDX-License-Identifier: Apache-2.0
// What each row of a changelog does, as a column in front of the others.
#pragma once

#include "arrow/result_stream.h"

namespace fletching::flink {

// A struct with a first field `op` (utf8, not null): +I, -U, +U, -D.
[[nodiscard]] UniqueSchema with_op_column(const ArrowSchema& schema);
// The batch with that column; its ops go.
void add_op_column(Batch& batch);

}  // namespace fletching::flink
