// SPDX-License-Identifier: Apache-2.0
// Python functions that the core calls while it works: progress, tokens.
//
// They are called outside of the fork gate, with the interpreter lock taken for the
// moment. What they raise ends the core's work and comes out of calling() as itself; on
// a thread that is not within calling() (a reader of an exported stream, the core's
// own) it becomes an Error that names it.
#pragma once

#include "bindings/python/gil.h"
#include "fletching/driver.h"

namespace fletching::python {

// function(rows: int, bytes: int, total_rows, total_bytes, fraction); None for what is
// not known. Owns a reference.
[[nodiscard]] ProgressListener progress_listener(PyObject* function);

// function() -> str or (str, seconds since 1970 or datetime or None).
[[nodiscard]] TokenProvider token_provider(PyObject* function);

// Raises what a callback raised on this thread, if one did (throws python_error). With
// the interpreter lock.
void raise_from_callback();

// One call on this thread whose caller can be given what a callback raises.
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
