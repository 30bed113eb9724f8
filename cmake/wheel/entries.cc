// SPDX-License-Identifier: Apache-2.0
// What the one library of a wheel shows beside ADBC's entry points: C functions for the
// two small files that stand before it. No C++ object crosses their border, so the
// C++ runtime inside is nobody else's.
#include <Python.h>

#include "cli/commands.h"

// There only in a process of Python's; tools/weaken_python.py makes all of its names
// so.
#pragma weak Py_IsInitialized

extern "C" {

PyObject* PyInit__core();

// The module fletching._core; null where the library was loaded before Python was.
[[gnu::visibility("default")]] PyObject* fletching_module() {
  return &Py_IsInitialized == nullptr ? nullptr : PyInit__core();
}

// The command line.
[[gnu::visibility("default")]] int fletching_main(int argc, char** argv) {
  return fletching::cli::run_main(argc, argv);
}

}  // extern "C"
