// SPDX-License-Identifier: Apache-2.0
// The Python beside this executable, for what only Python can do.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace fletching::cli {

// The interpreter of the environment this executable is installed in; "python3" of the
// path if there is none.
[[nodiscard]] std::string python_beside_us();

// `python -m MODULE WORDS` whose standard output is read here; standard input is shared
// and what it writes to standard error is kept. It ends with this process, or this
// object.
class PythonPipe {
 public:
  // Throws Error(kInvalidState) where no process can be made.
  PythonPipe(const std::string& module, const std::vector<std::string>& words);
  ~PythonPipe();
  PythonPipe(const PythonPipe&) = delete;
  PythonPipe& operator=(const PythonPipe&) = delete;

  [[nodiscard]] int fd() const noexcept { return output_; }
  // After the end of its output: waits for it. Throws Error(kInvalidArgument) with what
  // it wrote to standard error if it failed.
  void finish();

 private:
  [[nodiscard]] std::string errors() const;

  pid_t child_ = -1;
  int output_ = -1, errors_ = -1;
};

}  // namespace fletching::cli
