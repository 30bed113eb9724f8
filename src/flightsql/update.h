// SPDX-License-Identifier: Apache-2.0
// Statements that run through DoPut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result_stream.h"
#include "flight/client.h"

namespace fletching {

// Sends the rows (null: an empty schema and no rows) with this command and waits for
// the end. Returns the PutResults' app_metadata; throws the server's error, also one
// that follows results.
[[nodiscard]] std::vector<std::string> put_rows(FlightClient& client,
                                                std::string_view command,
                                                ResultStream* rows, const Wait& wait);

// The sum of the counts in the results of an update: -1 where none of them tells.
[[nodiscard]] int64_t sum_of_counts(const std::vector<std::string>& results);

// Both for an update command. nullopt: the server has no update path and ran nothing
// (of `rows` some may have been read by then).
[[nodiscard]] std::optional<int64_t> put_update(FlightClient& client,
                                                std::string_view command,
                                                ResultStream* rows, const Wait& wait);

}  // namespace fletching
