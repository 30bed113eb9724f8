// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "bindings/python/gil.h"
#include "fletching/driver.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
constexpr double kPatience = 1.0;  // seconds

// Trivial objects, which exit does not destroy.
std::atomic<bool> g_exiting{false};
std::atomic<pthread_t> g_exit_thread{};
std::atomic<int> g_away{0};  // threads without the interpreter lock that want it back

bool must_park() noexcept {
  return g_exiting.load() && pthread_equal(g_exit_thread.load(), pthread_self()) == 0;
}

[[noreturn]] void park() noexcept {
  for (;;) pause();
}

// Threads of the parent that were away do not exist in the child.
void forget_threads() noexcept { g_away.store(0); }

void at_exit() {
  g_exit_thread.store(pthread_self());
  g_exiting.store(true);
  PyThreadState* state = PyEval_SaveThread();
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(kPatience);
  shutdown(kPatience);
  while (g_away.load() > 0 && std::chrono::steady_clock::now() < end) {
    usleep(1000);
  }
  PyEval_RestoreThread(state);
}

}  // namespace

bool interpreter_is_ending() noexcept { return must_park(); }

void park_if_ending() noexcept {
  if (!must_park()) return;
  PyEval_SaveThread();
  park();
}

Released::Released() {
  park_if_ending();
  g_away.fetch_add(1);
  state_ = PyEval_SaveThread();
}

Released::~Released() {
  if (must_park()) {
    g_away.fetch_sub(1);
    park();
  }
  PyEval_RestoreThread(state_);
  g_away.fetch_sub(1);
}

void install_exit_hook(nb::module_& module) {
  pthread_atfork(nullptr, nullptr, forget_threads);
  module.def("_at_exit", &at_exit);
  nb::module_::import_("atexit").attr("register")(module.attr("_at_exit"));
}

}  // namespace fletching::python
