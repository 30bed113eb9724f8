// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/calling.h"

#include <string>

#include "bindings/python/ref.h"
#include "bindings/python/values.h"

namespace fletching::python {
namespace {

// What was raised, on its way from the core's frames to its caller's.
struct Raised {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
};
thread_local Raised t_raised;
thread_local int t_calls = 0;

// The current exception in words; it is gone afterwards.
std::string described() {
  Raised raised;
  PyErr_Fetch(&raised.type, &raised.value, &raised.trace);
  PyErr_NormalizeException(&raised.type, &raised.value, &raised.trace);
  const Ref type(raised.type), value(raised.value), trace(raised.trace);
  std::string text = value ? type_name_of(value.get()) : "an exception";
  Ref words(value ? PyObject_Str(value.get()) : nullptr);
  const char* utf8 = words ? PyUnicode_AsUTF8(words.get()) : nullptr;
  if (utf8 != nullptr) text += std::string(": ") + utf8;
  PyErr_Clear();
  return text;
}

}  // namespace

Held hold(PyObject* object) {
  return {new_reference(object), [](PyObject* held) {
            // Left alone at the end: the interpreter takes its objects along.
            if (interpreter_is_ending() || Py_IsInitialized() == 0) return;
            const ForkGate::Outside outside;
            const Locked locked;
            Py_DECREF(held);
          }};
}

void pass_on_error() {
  if (t_calls == 0) {
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {
      PyErr_Clear();
      PyErr_SetInterrupt();  // raised again as soon as Python code runs
      throw Interrupted();
    }
    throw Error(Code::kUnauthenticated, "token provider: it raised " + described());
  }
  Raised& raised = t_raised;
  Py_XDECREF(raised.type);
  Py_XDECREF(raised.value);
  Py_XDECREF(raised.trace);
  PyErr_Fetch(&raised.type, &raised.value, &raised.trace);
  throw Interrupted();
}

Calling::Calling() noexcept {
  // What the core swallowed while it cleaned up is not the next call's.
  if (t_calls++ == 0 && t_raised.type != nullptr) {
    const Raised old = std::exchange(t_raised, Raised());
    Py_XDECREF(old.type);
    Py_XDECREF(old.value);
    Py_XDECREF(old.trace);
  }
}
Calling::~Calling() { --t_calls; }

void raise_from_callback() {
  Raised raised = std::exchange(t_raised, Raised());
  if (raised.type == nullptr) return;
  PyErr_Restore(raised.type, raised.value, raised.trace);
  throw_python_error();
}

}  // namespace fletching::python
