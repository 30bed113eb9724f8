// SPDX-License-Identifier: Apache-2.0
// The functions of the driver's table, in the order of adbc.h.
#pragma once

#include <arrow-adbc/adbc.h>

namespace fletching::adbc {

void fill_database_calls(AdbcDriver& driver, bool with_1_1) noexcept;
void fill_connection_calls(AdbcDriver& driver, bool with_1_1) noexcept;
void fill_statement_calls(AdbcDriver& driver, bool with_1_1) noexcept;

}  // namespace fletching::adbc
