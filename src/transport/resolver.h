// SPDX-License-Identifier: Apache-2.0
// Names to addresses. Literals and localhost directly, everything else through c-ares
// in the caller's own wait: getaddrinfo() could not be interrupted. Hosts files are
// read; other modules of the name service switch (mdns, sssd) are not asked.
#pragma once

#include <string>
#include <vector>

#include "base/wait.h"
#include "transport/socket.h"

namespace fletching {

// At least one address, in the order of RFC 6724. `dns_servers`: "host:port,..."
// instead of the system's. Throws kIo (08001) that names the host, kCancelled,
// kTimeout.
[[nodiscard]] std::vector<Address> resolve(const std::string& host, uint16_t port,
                                           const std::string& dns_servers,
                                           const Wait& wait);

}  // namespace fletching
