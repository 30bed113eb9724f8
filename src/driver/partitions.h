// SPDX-License-Identifier: Apache-2.0
// Parts of a result that are read apart from each other, maybe by other processes: each
// is a FlightInfo message with one endpoint, as ADBC's Go driver has them too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "driver/flights.h"

namespace fletching {

// One an endpoint of the serialized FlightInfo, each with its schema.
[[nodiscard]] std::vector<std::string> partitions_of(std::string_view flight_info);

// The schema that a FlightInfo announces; false where it has none.
bool announced_schema(std::string_view flight_info, ArrowSchema* out);

// The rows of one partition. kInvalidArgument: it is none.
[[nodiscard]] Result read_partition(FlightCalls& calls, std::string_view partition);

}  // namespace fletching
