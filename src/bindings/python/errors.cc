// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/errors.h"

#include "bindings/python/gil.h"
#include "bindings/python/ref.h"
#include "bindings/python/signals.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;

PyObject* text(std::string_view s) {
  return PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "replace");
}

Ref details_of(const Error& error) {
  Ref list(PyList_New(0));
  for (const auto& [name, value] : error.details()) {
    PyObject* bytes =
        PyBytes_FromStringAndSize(value.data(), static_cast<Py_ssize_t>(value.size()));
    Ref pair(Py_BuildValue("(NN)", text(name), bytes));
    if (!list || !pair || PyList_Append(list.get(), pair.get()) != 0) return Ref();
  }
  return list;
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    set_python_error(error);
  } catch (const Interrupted&) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);  // its own error went out before
  }
}

}  // namespace

void set_python_error(const Error& error) {
  park_if_ending();
  Ref module(PyImport_ImportModule("fletching._errors"));
  Ref details = details_of(error);
  if (!module || !details) return;
  Ref made(PyObject_CallMethod(module.get(), "from_core", "NNNiO",
                               text(code_name(error.code())), text(error.message()),
                               text(error.sqlstate()),
                               static_cast<int>(error.vendor_code()), details.get()));
  if (!made) return;
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.get())), made.get());
}

void register_errors() { nb::register_exception_translator(&translate, nullptr); }

}  // namespace fletching::python
