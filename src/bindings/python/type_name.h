// SPDX-License-Identifier: Apache-2.0
// What a column is called to people and in cursor.description.
#pragma once

#include <string>

#include "arrow/owned.h"

namespace fletching::python {

// In the notation of pyarrow: "int64", "decimal128(15, 2)", "timestamp[us, tz=UTC]",
// "list<item: string>". Never throws for a well-formed schema.
[[nodiscard]] std::string type_name(const ArrowSchema& schema);

}  // namespace fletching::python
