// SPDX-License-Identifier: Apache-2.0
// The interpreter lock around the core: given up for everything that may wait, taken
// back unless the interpreter is ending.
//
// Rules of this face. No Python API under a core lock; no wait for a lock, a thread or
// a socket with the interpreter lock. A thread that enters the core or comes back from
// it after the exit hook has run never asks for the interpreter lock again: it parks
// for ever, since Python would end it in the middle of C++ frames.
#pragma once

#include <utility>

#include "bindings/python/ref.h"

namespace fletching::python {

// Without the interpreter lock for its lifetime. Neither begins nor ends when the
// interpreter is ending, except on the thread that ends it.
class Released {
 public:
  Released();
  ~Released();
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;

 private:
  PyThreadState* state_;
};

// True from the exit hook on, on all threads but the one that ends the interpreter:
// they must not ask for the interpreter lock any more.
[[nodiscard]] bool interpreter_is_ending() noexcept;

// With the interpreter lock: where interpreter_is_ending(), gives it up and never
// returns. Before whatever runs Python code for an error of the core: in it the
// interpreter would end the thread by unwinding the C++ frames below.
void park_if_ending() noexcept;

// Installs the fork handler of this file and registers the exit hook with atexit; once.
void install_exit_hook(nanobind::module_& module);

// Raises what a signal handler raised during the wait, if one did (throws
// python_error). With the interpreter lock; signals.cc.
void raise_interrupt();
// The same where nothing can be raised at once (a result must not be lost, or others'
// code is in between): it is raised as soon as Python code runs. Whether there was
// anything to raise. Needs no interpreter lock.
bool postpone_interrupt() noexcept;

// Runs `work` without the interpreter lock. An exception that a signal handler raised
// meanwhile comes out as itself, whatever the core made of it.
template <class Work>
auto without_gil(Work&& work) {
  struct Postpone {
    ~Postpone() { postpone_interrupt(); }
  } postpone;
  try {
    Released released;
    return std::forward<Work>(work)();
  } catch (...) {
    raise_interrupt();
    throw;
  }
}

}  // namespace fletching::python
