// SPDX-License-Identifier: Apache-2.0
#include "cli/live.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "render/live_table.h"

namespace fletching::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{100};

// The text of a table that fits the terminal.
class Screen {
 public:
  void draw(LiveTable& table, const RowWriterOptions& options) {
    std::string frame;
    const int64_t more = table.write(
        options, [&](std::string_view text) { frame += text; }, height() - 5);
    if (more > 0) frame += "... and " + std::to_string(more) + " rows more\n";
    // Back to where it begins; lines that are too long are cut, not wrapped.
    std::string all;
    if (lines_ > 0) all = "\x1b[" + std::to_string(lines_) + "A\r\x1b[J";
    write_all(stdout, all + "\x1b[?7l" + frame + "\x1b[?7h");
    flush_all(stdout);
    lines_ = std::count(frame.begin(), frame.end(), '\n');
  }

 private:
  static int64_t height() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return std::max<int64_t>(8, known && size.ws_row > 0 ? size.ws_row : 24);
  }

  int64_t lines_ = 0;
};

}  // namespace

void print_live(Result& result, const RowWriterOptions& options,
                render::LiveLimits limits, bool quiet) {
  LiveTable table(result.schema(), limits);
  const bool in_place =
      ::isatty(STDOUT_FILENO) == 1 && options.format == Format::kTable;
  Screen screen;
  Clock::time_point drawn{};
  uint64_t version = ~uint64_t{0};
  const auto draw_if_due = [&] {
    if (!in_place || version == table.version() || Clock::now() - drawn < kRedraw) {
      return;
    }
    screen.draw(table, options);
    version = table.version();
    drawn = Clock::now();
  };
  const OnTick on_tick(draw_if_due);  // what came last is shown while nothing comes
  Tick* tick = interrupt_tick();
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    table.apply(rows);
    tick->tick();
  }
  if (in_place) {
    if (version != table.version()) screen.draw(table, options);
  } else {
    static_cast<void>(table.write(options, sink_to(stdout), 0));
    flush_all(stdout);
  }
  if (!quiet && options.format == Format::kTable) {
    std::fprintf(stderr, "%lld rows after %lld changes\n",
                 static_cast<long long>(table.size()),
                 static_cast<long long>(table.events()));
  }
}

}  // namespace fletching::cli
