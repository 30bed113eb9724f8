// SPDX-License-Identifier: Apache-2.0
// Python code that the core calls while it works: functions of users, their iterators.
//
// It runs outside of the fork gate, with the interpreter lock taken for the moment.
// What it raises ends the core's work and comes out of calling() as itself; on a thread
// that is not within calling() (a reader of an exported stream, the core's own) it
// becomes an Error that names it.
#pragma once

#include <memory>
#include <utility>

#include "base/fork_gate.h"
#include "bindings/python/gil.h"
#include "bindings/python/signals.h"

namespace fletching::python {

// A Python object that may be dropped on any thread, with the interpreter lock or
// without.
using Held = std::shared_ptr<PyObject>;
[[nodiscard]] Held hold(PyObject* object);  // a new reference

// The interpreter lock for its lifetime, whether the thread has it or not.
class Locked {
 public:
  Locked() : state_(PyGILState_Ensure()) {}
  ~Locked() { PyGILState_Release(state_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  PyGILState_STATE state_;
};

// Takes the pending Python error for raise_from_callback() and throws Interrupted, or
// an Error where nobody would raise it.
[[noreturn]] void pass_on_error();

// Runs `body` with the interpreter lock; what it raises goes on as Interrupted.
template <class Body>
auto in_python(Body&& body) {
  if (interpreter_is_ending()) throw Interrupted();
  const ForkGate::Outside outside;
  const Locked locked;
  try {
    return std::forward<Body>(body)();
  } catch (nanobind::python_error& error) {
    error.restore();
    pass_on_error();
  }
}

// Raises what Python code raised on this thread, if it did (throws python_error). With
// the interpreter lock.
void raise_from_callback();

// One call on this thread whose caller can be given what Python code raises.
class Calling {
 public:
  Calling() noexcept;
  ~Calling();
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
};

// without_gil() for work that may call back.
template <class Work>
auto calling(Work&& work) {
  const Calling here;
  try {
    return without_gil(std::forward<Work>(work));
  } catch (...) {
    raise_from_callback();
    throw;
  }
}

}  // namespace fletching::python
