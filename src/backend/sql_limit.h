// SPDX-License-Identifier: Apache-2.0
// A limit for queries that have none, put into the text without touching the rest of
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/sql_dialect.h"

namespace fletching {

// The query with "LIMIT rows" as a new last line (before a semicolon that ends it),
// byte for byte the same otherwise. Nothing where the text is left as it is: it has a
// LIMIT or FETCH FIRST of its own outermost level, is no query (EXPLAIN, SHOW, DML), is
// several statements, or reads differently on servers that the dialect does not tell
// apart.
[[nodiscard]] std::optional<std::string> with_limit(
    std::string_view sql, int64_t rows, const SqlDialect& dialect = generic_dialect());

}  // namespace fletching
