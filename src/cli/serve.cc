// SPDX-License-Identifier: Apache-2.0
// serve: the embedded server is Python, so this process becomes it.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"

namespace fletching::cli {
namespace {

namespace fs = std::filesystem;

// The interpreter of the environment this executable is installed in.
std::string python_beside_us() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  for (const char* name : {"python3", "python"}) {
    const fs::path candidate = self.parent_path() / name;
    if (!error && fs::exists(candidate, error)) return candidate.string();
  }
  return "python3";
}

}  // namespace

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
