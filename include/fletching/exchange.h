// SPDX-License-Identifier: Apache-2.0
// What a Flight service offers beside SQL is named by a descriptor (Flight.proto).
#pragma once

#include <string>
#include <vector>

namespace fletching {

// A path where there is one, else a command: bytes of the service's own.
struct FlightDescriptor {
  std::string command;
  std::vector<std::string> path;
};

}  // namespace fletching
