// SPDX-License-Identifier: Apache-2.0
#include "cli/login.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/output.h"
#include "cli/python.h"

namespace fletching::cli {
namespace {

[[noreturn]] void cannot(const std::string& what, int problem) {
  throw Error(Code::kInvalidState, "login: " + what + ": " + std::strerror(problem));
}

// An open file descriptor.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() { reset(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void reset() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::string asked_of(const Login& login) {
  std::string json = "{";
  append_json_string(json, "auth");
  json += ':';
  append_json_string(json, login.kind);
  for (const auto& [name, value] : login.options) {
    json += ',';
    append_json_string(json, "auth_" + name);
    json += ':';
    append_json_string(json, value);
  }
  return json + "}";
}

void write_all(int fd, const std::string& text) {
  const auto size = static_cast<ssize_t>(text.size());
  if (fd < 0 || ::write(fd, text.data(), text.size()) != size ||
      ::lseek(fd, 0, SEEK_SET) != 0) {
    cannot("a file in memory", errno);
  }
}

std::string read_all(int fd) {
  std::string out;
  char buffer[4096];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    out.append(buffer, static_cast<size_t>(got));
  }
}

pid_t start(int input, int output) {
  std::string words[] = {python_beside_us(), "-m", "fletching.auth", "--answer"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                  nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = -1;
  const int problem = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) cannot("starting " + words[0], problem);
  return child;
}

int end_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Two lines: the token, and when it ends (seconds since the epoch) or nothing.
Token ask(const std::string& asked) {
  File input(::memfd_create("login", MFD_CLOEXEC));
  write_all(input.get(), asked);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) cannot("a pipe", errno);
  File reading(pipe[0]), writing(pipe[1]);
  const pid_t child = start(input.get(), writing.get());
  writing.reset();
  const std::string answer = read_all(reading.get());
  const int status = end_of(child);
  const size_t line = answer.find('\n');
  if (status != 0 || line == std::string::npos) {
    throw Error(status == 2 ? Code::kInvalidArgument : Code::kUnauthenticated,
                "login: python -m fletching.auth gave no token (it has said why)");
  }
  Token token{answer.substr(0, line), std::nullopt};
  const double ends = std::strtod(answer.c_str() + line + 1, nullptr);
  if (ends > 0) token.expires_at = ends;
  return token;
}

}  // namespace

TokenProvider token_provider(const Login& login) {
  return [asked = asked_of(login)] { return ask(asked); };
}

}  // namespace fletching::cli
