// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "fletching/version.h"

namespace fletching::cli {
namespace {

int exit_code_of(const Error& e) {
  switch (e.code()) {
    case Code::kUnauthenticated:
    case Code::kUnauthorized:
      return kExitNotAuthorised;
    case Code::kTimeout:
      return kExitTimeout;
    case Code::kIo:
      return kExitNoConnection;
    default:
      return e.vendor_code() == 0 && e.code() == Code::kInvalidArgument ? kExitUsage
                                                                        : kExitServer;
  }
}

int run(const std::vector<std::string>& argv) {
  const Arguments arguments = parse_arguments(argv);
  if (arguments.help) {
    std::fputs(help_text(arguments.command).c_str(), stdout);
    return 0;
  }
  if (arguments.command == "version") {
    std::puts("fletching " FLETCHING_VERSION);
    return 0;
  }
  if (arguments.command == "serve") return run_serve(arguments);
  if (arguments.command == "shell") return run_shell(arguments);
  if (arguments.command == "ping") return run_ping(arguments);
  if (arguments.command == "info") return run_info(arguments);
  if (arguments.command == "tables") return run_tables(arguments);
  if (arguments.command == "schema") return run_schema(arguments);
  if (arguments.command == "ingest") return run_ingest(arguments);
  return run_query(arguments);
}

// Lines of a server's message stay lines; nothing else can move the cursor.
std::string message_text(std::string_view message) {
  std::string out;
  while (true) {
    const size_t end = message.find('\n');
    out += printable(message.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    message.remove_prefix(end + 1);
  }
}

// What the core has to say, to the person at the terminal.
void show_log() {
  constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
  for (const LogRecord& record : drain_log()) {
    std::fprintf(stderr, "fletching: %s: %s\n",
                 kNames[static_cast<size_t>(record.level)],
                 printable(record.text).c_str());
  }
}

// Runs before what an error has to say.
struct LogShower {
  ~LogShower() { show_log(); }
};

int guarded(const std::vector<std::string>& argv) {
  try {
    const LogShower shower;
    return run(argv);
  } catch (const UsageError& e) {
    std::fprintf(stderr, "fletching: %s\n", e.what());
    return kExitUsage;
  } catch (const Interrupted& interrupted) {
    std::fputs("fletching: interrupted\n", stderr);
    return 128 + interrupted.signal;
  } catch (const OutputClosed&) {
    return kExitOutputClosed;
  } catch (const OutputError& e) {
    std::fprintf(stderr, "fletching: %s\n", e.what());
    return kExitServer;
  } catch (const Error& e) {
    std::fprintf(stderr, "fletching: %s [%s, SQLSTATE %s]\n",
                 message_text(e.message()).c_str(),
                 std::string(code_name(e.code())).c_str(), e.sqlstate().c_str());
    return exit_code_of(e);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fletching: %s\n", e.what());
    return kExitServer;
  }
}

}  // namespace

int run_main(int argc, char** argv) {
  // Only for the width of characters; numbers and messages do not change.
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) std::setlocale(LC_CTYPE, "");
  const int code = guarded(std::vector<std::string>(argv + 1, argv + argc));
  // Whoever interrupts does not wait until somebody reads what is left.
  if (code < 128) std::fflush(stdout);
  // Sockets and readers-ahead need no goodbye: the kernel closes, and static
  // destructors would only race with them.
  std::fflush(stderr);
  ::_exit(code);
}

}  // namespace fletching::cli
