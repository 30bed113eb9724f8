// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/callbacks.h"

#include "bindings/python/values.h"

namespace fletching::python {
namespace {

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
  return [held = hold(function)](const ResultProgress& p) {
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
  return [held = hold(function)] {
    return in_python([&] {
      Ref answer = checked(PyObject_CallNoArgs(held.get()));
      return token_of(answer.get());
    });
  };
}

}  // namespace fletching::python
