// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/callbacks.h"

#include <memory>

#include "base/fork_gate.h"
#include "bindings/python/signals.h"
#include "bindings/python/values.h"

namespace fletching::python {
namespace {

// What a callback raised, on its way from the core's frames to its caller's.
struct Raised {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
};
thread_local Raised t_raised;
thread_local int t_calls = 0;

class Locked {
 public:
  Locked() : state_(PyGILState_Ensure()) {}
  ~Locked() { PyGILState_Release(state_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  PyGILState_STATE state_;
};

// A function that may be dropped on any thread.
using Function = std::shared_ptr<PyObject>;

Function keep(PyObject* function) {
  return {new_reference(function), [](PyObject* held) {
            // Left alone at the end: the interpreter takes its objects along.
            if (interpreter_is_ending() || Py_IsInitialized() == 0) return;
            const ForkGate::Outside outside;
            const Locked locked;
            Py_DECREF(held);
          }};
}

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

[[noreturn]] void pass_on() {
  if (t_calls == 0) {
    throw Error(Code::kUnauthenticated, "token provider: it raised " + described());
  }
  Raised& raised = t_raised;
  Py_XDECREF(raised.type);
  Py_XDECREF(raised.value);
  Py_XDECREF(raised.trace);
  PyErr_Fetch(&raised.type, &raised.value, &raised.trace);
  throw Interrupted();
}

// Runs `body` with the interpreter lock; what it raises goes on as Interrupted.
template <class Body>
auto in_python(Body&& body) {
  if (interpreter_is_ending()) throw Interrupted();
  const ForkGate::Outside outside;
  const Locked locked;
  try {
    return body();
  } catch (nanobind::python_error& error) {
    error.restore();
    pass_on();
  }
}

PyObject* number_or_none(int64_t number) {
  return number < 0 ? new_reference(Py_None) : PyLong_FromLongLong(number);
}

Token token_of(PyObject* answer) {
  PyObject* text = answer;
  Token token;
  if (PyTuple_Check(answer) && PyTuple_GET_SIZE(answer) == 2) {
    text = PyTuple_GET_ITEM(answer, 0);
    PyObject* end = PyTuple_GET_ITEM(answer, 1);
    if (end != Py_None) {
      Ref number(new_reference(end));
      if (kind_of(end) == Kind::kTimestamp) {
        number = checked(PyObject_CallMethod(end, "timestamp", nullptr));
      }
      const double seconds = PyFloat_AsDouble(number.get());
      if (seconds == -1.0 && PyErr_Occurred() != nullptr) throw_python_error();
      token.expires_at = seconds;
    }
  }
  if (!PyUnicode_Check(text)) {
    PyErr_Format(PyExc_TypeError,
                 "token: the function must give a str, or a str and when it ends, not "
                 "%s",
                 Py_TYPE(text)->tp_name);
    throw_python_error();
  }
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(text, &size);
  if (utf8 == nullptr) throw_python_error();
  token.value.assign(utf8, static_cast<size_t>(size));
  return token;
}

}  // namespace

ProgressListener progress_listener(PyObject* function) {
  return [held = keep(function)](const ResultProgress& p) {
    in_python([&] {
      Ref fraction(p.fraction < 0 ? new_reference(Py_None)
                                  : PyFloat_FromDouble(p.fraction));
      static_cast<void>(checked(PyObject_CallFunction(
          held.get(), "LLNNO", static_cast<long long>(p.rows),
          static_cast<long long>(p.bytes), number_or_none(p.total_rows),
          number_or_none(p.total_bytes), fraction.get())));
    });
  };
}

TokenProvider token_provider(PyObject* function) {
  return [held = keep(function)] {
    return in_python([&] {
      Ref answer = checked(PyObject_CallNoArgs(held.get()));
      return token_of(answer.get());
    });
  };
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
