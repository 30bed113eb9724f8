// SPDX-License-Identifier: Apache-2.0
// Logins of fletching.auth on the command line: `--auth KIND --auth-option NAME=VALUE`
// and `--token-command TEXT`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fletching/driver.h"

namespace fletching::cli {

// What was asked for; kind is empty where nothing was.
struct Login {
  std::string kind;  // "client_credentials", ...
  std::vector<std::pair<std::string, std::string>> options;  // without "auth_"
};

// Asks `python -m fletching.auth` each time, whose standard error is ours: a person may
// have to be told where to log in. The options are its standard input, as others can
// see the words of a process. Throws Error(kUnauthenticated) where it gives no token.
[[nodiscard]] TokenProvider token_provider(const Login& login);

}  // namespace fletching::cli
