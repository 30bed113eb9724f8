// SPDX-License-Identifier: Apache-2.0
// The extension module fletching._core.
#include <nanobind/nanobind.h>

#include "bindings/python/bind.h"
#include "bindings/python/bind_metadata.h"
#include "bindings/python/errors.h"
#include "bindings/python/gil.h"
#include "fletching/version.h"

#ifdef Py_GIL_DISABLED
#error \
    "Fletching does not support free-threaded builds of Python (use one with the GIL)"
#endif

namespace fletching::python {
namespace {

namespace nb = nanobind;

void refuse_subinterpreters() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return;
  throw nb::import_error(
      "fletching does not run in sub-interpreters (under mod_wsgi set "
      "'WSGIApplicationGroup %{GLOBAL}')");
}

}  // namespace
}  // namespace fletching::python

NB_MODULE(_core, m) {
  using namespace fletching::python;
  refuse_subinterpreters();
  nanobind::set_leak_warnings(false);  // destructors are silent, at exit too
  m.attr("__version__") = FLETCHING_VERSION;
  register_errors();
  install_exit_hook(m);
  bind_rows(m);
  bind_driver(m);
  bind_text(m);
  bind_flights(m);
  bind_flink(m);
  bind_render(m);
  bind_rest(m);
  bind_metadata_functions(m);
}
