// SPDX-License-Identifier: Apache-2.0
// AdbcConnectionGetInfo: what the server and this driver are.
#pragma once

#include <arrow-adbc/adbc.h>

#include <cstdint>
#include <span>

#include "fletching/driver.h"

namespace fletching::adbc {

// Rows for those of `codes` that are known (empty: all). Asks the server only where a
// code wants that.
void get_info(Connection& connection, std::span<const uint32_t> codes,
              ArrowArrayStream* out);

}  // namespace fletching::adbc
