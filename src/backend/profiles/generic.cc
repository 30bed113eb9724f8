// SPDX-License-Identifier: Apache-2.0
// What Flight SQL's documents promise, for servers that nobody described here.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kGeneric = {
    .name = "generic",
    .product = "",
    .dialect = "generic",
};

}  // namespace fletching::profiles
