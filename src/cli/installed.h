// SPDX-License-Identifier: Apache-2.0
// What is installed in the Python environment of this executable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fletching::cli {

// A sentence for each import name of a fletching-compat distribution that another
// distribution owns too, or whose files are not those that were installed: pip lets
// distributions overwrite each other in silence. `prefix`: the folder over bin.
[[nodiscard]] std::vector<std::string> import_name_clashes(
    const std::filesystem::path& prefix);

// The prefix of this executable; empty where that cannot be told.
[[nodiscard]] std::filesystem::path own_prefix();

}  // namespace fletching::cli
