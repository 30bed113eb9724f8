// SPDX-License-Identifier: Apache-2.0
// DuckDB behind Flight SQL: Fletching's own server and the C++ samples (sqlflite).
// Run against `fletching serve --engine duckdb`.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kDuckDb = {
    .name = "duckdb",
    .product = "duckdb",
    .dialect = "duckdb",
};

}  // namespace fletching::profiles
