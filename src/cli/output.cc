// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "cli/interrupt.h"

namespace fletching::cli {
namespace {

[[noreturn]] void write_failed() {
  const int why = errno;
  if (why == EPIPE) throw OutputClosed();
  if (why == EINTR) interrupt_tick()->tick();
  throw OutputError(std::string("writing the output: ") + std::strerror(why));
}

}  // namespace

void write_all(std::FILE* out, std::string_view text) {
  if (text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) write_failed();
}

void flush_all(std::FILE* out) {
  if (std::fflush(out) != 0) write_failed();
}

Sink sink_to(std::FILE* out) {
  return [out](std::string_view text) { write_all(out, text); };
}

}  // namespace fletching::cli
