// SPDX-License-Identifier: Apache-2.0
// Puts a metadata request to a server the way that server understands it.
#pragma once

#include <memory>

#include "backend/backend.h"

namespace fletching {

// Where nothing was found, a wider question may be put: servers that say an escape and
// do not mind it, and those whose keys do not say their catalog and schema, find it
// then.
enum class Again : uint8_t { kMayWiden, kNever };

// The rows that the request means, as normalised() gives them. Patterns are written
// with the server's own escape (its server_info is asked for only where that matters);
// where it has none, or nothing was found that way, wider ones are sent and the rows
// judged here. Types of tables go out in every case. Throws kNotImplemented, naming the
// command, where the server has no such thing.
[[nodiscard]] std::unique_ptr<ResultStream> ask_metadata(
    const std::shared_ptr<Session>& session, const MetadataRequest& request,
    const Wait& wait, bool lenient_schema = false, Again again = Again::kMayWiden);

}  // namespace fletching
