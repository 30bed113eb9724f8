// SPDX-License-Identifier: Apache-2.0
// serve: the embedded server is Python, so this process becomes it.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/commands.h"
#include "cli/python.h"

namespace fletching::cli {

int run_serve(const Arguments& arguments) {
  std::string python = python_beside_us();
  std::vector<std::string> words = {python, "-m", "fletching.serve"};
  words.insert(words.end(), arguments.words.begin(), arguments.words.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(python.c_str(), argv.data());
  std::fprintf(
      stderr,
      "fletching serve: cannot start %s: %s (install Python 3.10 or later, then: "
      "pip install 'fletching[serve]')\n",
      python.c_str(), std::strerror(errno));
  return kExitUsage;
}

}  // namespace fletching::cli
