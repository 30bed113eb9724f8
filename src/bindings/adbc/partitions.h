// SPDX-License-Identifier: Apache-2.0
// AdbcPartitions: byte strings that are the caller's.
#pragma once

#include <arrow-adbc/adbc.h>

#include <string>
#include <vector>

namespace fletching::adbc {

void give_partitions(std::vector<std::string> partitions, AdbcPartitions* out);

}  // namespace fletching::adbc
