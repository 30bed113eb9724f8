// SPDX-License-Identifier: Apache-2.0
// Connecting to one of several addresses (RFC 8305, "happy eyeballs").
#pragma once

#include <string>
#include <vector>

#include "base/wait.h"
#include "transport/socket.h"

namespace fletching {

struct Connected {
  Fd fd;
  Address address;
};

// The first that answers. Families alternate; the next address is begun 250 ms after
// the one before, or at once when one fails; at most two are under way. `target` is for
// messages. Throws kIo (08001) that lists what each address said, kTimeout, kCancelled.
[[nodiscard]] Connected connect_any(std::vector<Address> addresses,
                                    const std::string& target, const Wait& wait);

// The order in which they are tried: families alternate, beginning with the first's.
[[nodiscard]] std::vector<Address> alternate_families(std::vector<Address> addresses);

}  // namespace fletching
