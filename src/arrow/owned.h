// SPDX-License-Identifier: Apache-2.0
// Ownership of the Arrow C data interface: move-only holders that call release.
#pragma once

#include <nanoarrow/nanoarrow.hpp>

namespace fletching {

using UniqueSchema = nanoarrow::UniqueSchema;
using UniqueArray = nanoarrow::UniqueArray;
using UniqueArrayStream = nanoarrow::UniqueArrayStream;
using UniqueArrayView = nanoarrow::UniqueArrayView;

}  // namespace fletching
