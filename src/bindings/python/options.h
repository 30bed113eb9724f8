// SPDX-License-Identifier: Apache-2.0
// The row options as Python gives them.
#pragma once

#include <string>

#include "bindings/python/rows_options.h"

namespace fletching::python {

// Throws Error(kInvalidArgument) naming the option and what it may be.
[[nodiscard]] RowOptions row_options(const std::string& nanoseconds,
                                     const std::string& out_of_range,
                                     const std::string& maps);

}  // namespace fletching::python
