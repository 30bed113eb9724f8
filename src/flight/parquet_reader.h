// SPDX-License-Identifier: Apache-2.0
// Parquet is not read by the core: a face that can do so gives it a function.
#pragma once

#include <functional>

#include "arrow/owned.h"

namespace fletching {

// As fletching/driver.h says. It may throw; the calls of its stream fail by their
// codes.
using ParquetReader =
    std::function<void(int fd, const ArrowSchema* wanted, ArrowArrayStream* out)>;

}  // namespace fletching
