// SPDX-License-Identifier: Apache-2.0
#include "cli/python.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "fletching/error.h"

namespace fletching::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotStart = 127;

[[noreturn]] void cannot(const char* what) {
  throw Error(Code::kInvalidState, std::string(what) + ": " + std::strerror(errno));
}

// In the child: nothing but system calls.
[[noreturn]] void become(char* const* argv, int output, int errors, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died in between
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::execvp(argv[0], argv);
  ::_exit(kCannotStart);
}

}  // namespace

std::string python_beside_us() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  for (const char* name : {"python3", "python"}) {
    const fs::path candidate = self.parent_path() / name;
    if (!error && fs::exists(candidate, error)) return candidate.string();
  }
  return "python3";
}

PythonPipe::PythonPipe(const std::string& module,
                       const std::vector<std::string>& words) {
  std::vector<std::string> command = {python_beside_us(), "-m", module};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  // A file in memory for its errors: nobody has to read along.
  errors_ = ::memfd_create("errors", MFD_CLOEXEC);
  int ends[2];
  if (errors_ < 0 || ::pipe2(ends, O_CLOEXEC) != 0) cannot("ingest: a pipe");
  output_ = ends[0];
  ::fcntl(output_, F_SETPIPE_SZ, 1 << 20);  // fewer, larger reads; no matter if not
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ == 0) become(argv.data(), ends[1], errors_, parent);
  ::close(ends[1]);
  if (child_ < 0) cannot("ingest: a process for Python");
}

PythonPipe::~PythonPipe() {
  if (child_ > 0) {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
  if (errors_ >= 0) ::close(errors_);
}

void PythonPipe::finish() {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotStart) {
    throw Error(Code::kInvalidArgument,
                "cannot start " + python_beside_us() +
                    " (CSV and Parquet need Python 3.10 or later and: pip install "
                    "fletching pyarrow; Arrow files do not)");
  }
  std::string text = errors();
  if (text.empty()) text = "Python ended without a word";
  throw Error(Code::kInvalidArgument, text);
}

std::string PythonPipe::errors() const {
  std::string text;
  char buffer[4096];
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(errors_, buffer, sizeof buffer, at);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
    at += got;
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace fletching::cli
