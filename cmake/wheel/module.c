/* SPDX-License-Identifier: Apache-2.0 */
/* The extension module of a wheel: only the way to the library that has it. */
#include <Python.h>

PyObject* fletching_module(void);

__attribute__((visibility("default"))) PyObject* PyInit__core(void) {
  PyObject* module = fletching_module();
  if (module == NULL && !PyErr_Occurred()) {
    PyErr_SetString(PyExc_ImportError,
                    "fletching: this process loaded the ADBC driver before it loaded "
                    "Python (import fletching first)");
  }
  return module;
}
