// SPDX-License-Identifier: Apache-2.0
// Apache DataFusion behind Flight SQL: Fletching's own server, datafusion-flight-sql-
// server, ROAPI and others. Placeholders are $1; `?` is refused by its planner (run
// against DataFusion 55). There are no transactions. tonic refuses messages over 4 MiB
// unless the server raises it (tonic, "max_decoding_message_size"; roapi#398,
// kamu-node#277), as the profile's default has it.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kDataFusion = {
    .name = "datafusion",
    .product = "datafusion",
    .dialect = "datafusion",
};

}  // namespace fletching::profiles
