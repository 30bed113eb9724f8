// SPDX-License-Identifier: Apache-2.0
// A server's answer to a metadata command, made into what the protocol promises.
#pragma once

#include <memory>

#include "arrow/result_stream.h"
#include "backend/backend.h"
#include "driver/metadata_schema.h"

namespace fletching {

// The protocol's columns in its order, types and nullability: taken by name in any
// case, from any fitting type; an optional one that is missing is NULL. Rows that the
// request's filters refuse are dropped, a missing text is "" where it may not be NULL.
// Batches come one by one. Throws kInvalidData where rows lack a required column.
//
// lenient_schema: table_schema may be missing, too.
[[nodiscard]] std::unique_ptr<ResultStream> normalised(
    std::unique_ptr<ResultStream> answer, MetadataRequest request,
    bool lenient_schema = false);

// The same for one batch.
[[nodiscard]] UniqueArray normalise_batch(const ArrowSchema& schema,
                                          const ArrowArray& rows,
                                          const MetadataRequest& request,
                                          bool lenient_schema = false);

}  // namespace fletching
