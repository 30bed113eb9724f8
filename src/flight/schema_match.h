// SPDX-License-Identifier: Apache-2.0
// Compares schemas of one result's endpoints.
#pragma once

#include <string>

#include "arrow/owned.h"

namespace fletching {

// Empty if both have the same names and types, else where and how they differ. Metadata
// and nullability are not compared, nor the names of a list's or map's own children,
// which carry no meaning.
[[nodiscard]] std::string schema_difference(const ArrowSchema& a, const ArrowSchema& b);

// Any field has metadata.
[[nodiscard]] bool has_metadata(const ArrowSchema& schema);

}  // namespace fletching
