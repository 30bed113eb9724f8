// SPDX-License-Identifier: Apache-2.0
// A changelog as the table that it describes: drawn in place on a terminal while it
// changes, printed once at its end everywhere else.
#pragma once

#include "cli/args.h"

namespace fletching::cli {

// `result` has the column `op` in front of the others.
void print_live(Result& result, const RowWriterOptions& options,
                render::LiveLimits limits, bool quiet);

}  // namespace fletching::cli
