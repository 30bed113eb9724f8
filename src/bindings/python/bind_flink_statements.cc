// SPDX-License-Identifier: Apache-2.0
// The statements of a Flink server: named, listed, stopped.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "bindings/python/bind.h"
#include "bindings/python/calling.h"
#include "fletching/flink.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using Name = const std::string&;

// (name, phase, detail, sql_kind, bounded, append_only, json)
nb::tuple to_tuple(const FlinkStatement& one) {
  return nb::make_tuple(one.name, one.phase, one.detail, one.sql_kind, one.bounded,
                        one.append_only, one.json);
}

nb::list listed(FlinkStatements& all, Name label, Name compute_pool,
                Name name_contains) {
  nb::list found;
  const auto statements =
      calling([&] { return all.list({label, compute_pool, name_contains}); });
  for (const FlinkStatement& one : statements) found.append(to_tuple(one));
  return found;
}

nb::list exceptions(FlinkStatements& all, Name name) {
  nb::list found;
  for (const FlinkException& e : calling([&] { return all.exceptions(name); })) {
    found.append(nb::make_tuple(e.kind, e.name, e.message, e.timestamp));
  }
  return found;
}

}  // namespace

void bind_flink_statements(nb::module_& m) {
  nb::class_<FlinkStatements>(m, "FlinkStatements")
      .def(nb::init<const Connection&>())
      .def("get",
           [](FlinkStatements& all, Name name) {
             return to_tuple(calling([&] { return all.get(name); }));
           })
      .def("list", &listed)
      .def("stop",
           [](FlinkStatements& all, Name name) { calling([&] { all.stop(name); }); })
      .def("remove",
           [](FlinkStatements& all, Name name) { calling([&] { all.remove(name); }); })
      .def("resume",
           [](FlinkStatements& all, Name name, Name compute_pool, Name principal) {
             return to_tuple(
                 calling([&] { return all.resume(name, compute_pool, principal); }));
           })
      .def("exceptions", &exceptions);
}

}  // namespace fletching::python
