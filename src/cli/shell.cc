// SPDX-License-Identifier: Apache-2.0
// shell: its line editor is Python, so this process becomes it.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/python.h"

namespace fletching::cli {
namespace {

class Json {
 public:
  void open(char bracket) { part(std::string(1, bracket)); }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }
  void key(const std::string& name) {
    value(name);
    text_ += ':';
    first_ = true;
  }
  void value(const std::string& text) {
    std::string quoted;
    append_json_string(quoted, text);
    part(quoted);
    first_ = false;
  }
  void value(bool yes) {
    part(yes ? "true" : "false");
    first_ = false;
  }
  void value(int64_t number) {
    part(std::to_string(number));
    first_ = false;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void part(const std::string& text) {
    if (!first_) text_ += ',';
    text_ += text;
    first_ = true;
  }

  std::string text_;
  bool first_ = true;
};

std::string described(const Arguments& arguments) {
  Json json;
  json.open('{');
  json.key("url");
  json.value(arguments.words.at(0));
  json.key("options");
  json.open('{');
  for (const auto& [name, value] : connection_options(arguments)) {
    json.key(name);
    json.value(value);
  }
  if (!arguments.login.kind.empty()) {
    json.key("auth");
    json.value(arguments.login.kind);
  }
  for (const auto& [name, value] : arguments.login.options) {
    json.key("auth_" + name);
    json.value(value);
  }
  json.close('}');
  json.key("init");
  json.open('[');
  for (const std::string& sql : arguments.init) json.value(sql);
  json.close(']');
  json.key("format");
  json.value(arguments.format_given ? arguments.format_name : std::string());
  json.key("full");
  json.value(arguments.output.full_cells);
  json.key("quiet");
  json.value(arguments.quiet);
  json.key("live");
  json.value(arguments.live);
  json.key("live_max_rows");
  json.value(arguments.live_limits.max_rows);
  json.key("live_max_bytes");
  json.value(arguments.live_limits.max_bytes);
  json.close('}');
  return json.text();
}

// Not by words, which everybody on the machine can see: there are secrets among them.
int open_for_child(const std::string& text) {
  const int file = ::memfd_create("arguments", 0);
  const auto size = static_cast<ssize_t>(text.size());
  if (file < 0 || ::write(file, text.data(), text.size()) != size ||
      ::lseek(file, 0, SEEK_SET) != 0) {
    throw Error(Code::kInvalidState,
                std::string("shell: a file in memory: ") + std::strerror(errno));
  }
  return file;
}

}  // namespace

int run_shell(const Arguments& arguments) {
  if (arguments.live && !is_flink(arguments)) {
    throw UsageError("--live is for queries of Flink");
  }
  const std::string file = std::to_string(open_for_child(described(arguments)));
  std::vector<std::string> words = {python_beside_us(), "-m", "fletching.shell", file};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  std::fprintf(stderr,
               "fletching shell: cannot start %s: %s (install Python 3.10 or later, "
               "then: pip install 'fletching[shell]')\n",
               words[0].c_str(), std::strerror(errno));
  return kExitUsage;
}

}  // namespace fletching::cli
