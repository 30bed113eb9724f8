// SPDX-License-Identifier: Apache-2.0
// A schema as an IPC message's flatbuffer.
#pragma once

#include <cstdint>
#include <vector>

#include "arrow/owned.h"

namespace fletching {

// Dictionary ids are numbered as compile_type does: 0, 1, 2 ... in the order of a walk.
// The schema was accepted by compile_type.
[[nodiscard]] std::vector<uint8_t> write_schema_message(const ArrowSchema& schema);

}  // namespace fletching
