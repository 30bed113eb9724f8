// SPDX-License-Identifier: Apache-2.0
// The extension module fletching._core.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "bindings/python/errors.h"
#include "bindings/python/gil.h"
#include "bindings/python/options.h"
#include "bindings/python/row_reader.h"
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

void bind_rows(nb::module_& m) {
  nb::class_<RowReader>(m, "RowReader")
      .def("fetchone", [](RowReader& r) { return nb::steal(r.fetch_one()); })
      .def("fetchmany",
           [](RowReader& r, int64_t n) { return nb::steal(r.fetch_many(n)); })
      .def("fetchall", [](RowReader& r) { return nb::steal(r.fetch_many(-1)); })
      .def_prop_ro("description",
                   [](RowReader& r) { return nb::steal(r.description()); })
      .def_prop_ro("row_number", &RowReader::row_number)
      .def("cancel", &RowReader::cancel)
      .def("close", &RowReader::close)
      .def_prop_ro("closed", &RowReader::closed);
  m.def(
      "rows_from_stream",
      [](nb::handle stream, const std::string& nanoseconds,
         const std::string& out_of_range, const std::string& maps) {
        const RowOptions options = row_options(nanoseconds, out_of_range, maps);
        return std::make_unique<RowReader>(import_stream(stream.ptr()), options);
      },
      nb::arg("stream"), nb::arg("nanoseconds") = "exact",
      nb::arg("out_of_range") = "error", nb::arg("maps") = "dict");
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
}
