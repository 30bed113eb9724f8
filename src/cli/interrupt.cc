// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <csignal>

namespace fletching::cli {
namespace {

volatile std::sig_atomic_t g_signal = 0;

std::function<void()>& tick_work() {
  static std::function<void()> work;
  return work;
}

extern "C" void remember_signal(int signal) { g_signal = signal; }

struct InterruptTick : Tick {
  void tick() override {
    if (g_signal != 0) throw Interrupted{g_signal};
    if (tick_work()) tick_work()();
  }
};

bool install_handlers() {
  struct sigaction action{};
  action.sa_handler = remember_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // `fletching query ... | head` ends with a message-free exit instead of a signal.
  std::signal(SIGPIPE, SIG_IGN);
  return true;
}

}  // namespace

Tick* interrupt_tick() {
  static InterruptTick tick;
  static const bool installed = install_handlers();
  static_cast<void>(installed);
  return &tick;
}

void interrupt_heard() noexcept { g_signal = 0; }

OnTick::OnTick(std::function<void()> work) { tick_work() = std::move(work); }
OnTick::~OnTick() { tick_work() = nullptr; }

}  // namespace fletching::cli
