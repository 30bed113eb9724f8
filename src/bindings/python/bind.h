// SPDX-License-Identifier: Apache-2.0
// The parts of the module fletching._core.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>  // in all files, or else it is two types

namespace fletching::python {

void bind_rows(nanobind::module_& module);     // RowOptions, RowReader, ArrowStream
void bind_driver(nanobind::module_& module);   // Database, Connection, Statement
void bind_text(nanobind::module_& module);     // schemas and SQL text
void bind_flights(nanobind::module_& module);  // FlightCalls and what they return
void bind_flink(nanobind::module_& module);    // Flink's types, literals, pages
void bind_changelogs(nanobind::module_& module);
void bind_flink_statements(nanobind::module_& module);
void bind_render(nanobind::module_& module);  // Rendered, RenderedLive
void bind_rest(nanobind::module_& module);    // RestClient

}  // namespace fletching::python
