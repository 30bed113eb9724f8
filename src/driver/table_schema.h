// SPDX-License-Identifier: Apache-2.0
// The columns of one table.
#pragma once

#include <memory>
#include <string_view>

#include "arrow/owned.h"
#include "backend/backend.h"

namespace fletching {

// GetTables' table_schema: an encapsulated message of either framing, with or without
// an end of stream behind it, or a bare flatbuffer (a Message or a Schema). Throws
// kInvalidData naming the table.
[[nodiscard]] UniqueSchema decode_table_schema(std::string_view bytes,
                                               std::string_view table);

// Asks the server. kNotFound: it has no such table; kInvalidArgument: it has several.
[[nodiscard]] UniqueSchema find_table_schema(const std::shared_ptr<Session>& session,
                                             const TableName& table, const Wait& wait);

}  // namespace fletching
