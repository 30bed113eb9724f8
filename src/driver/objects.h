// SPDX-License-Identifier: Apache-2.0
// ADBC's GetObjects over the metadata commands.
#pragma once

#include <memory>

#include "arrow/result_stream.h"
#include "backend/backend.h"
#include "fletching/metadata.h"

namespace fletching {

// One batch a catalog, asked for when it is read: memory is bounded by the largest
// catalog. Schemas, tables and columns of a catalog come with one request each; only
// keys are asked for by table. Without catalogs there is one row with a NULL name.
[[nodiscard]] std::unique_ptr<ResultStream> objects_stream(
    std::shared_ptr<Session> session, ObjectsFilter filter);

}  // namespace fletching
