// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings/python/bind.h"
#include "fletching/driver.h"

namespace fletching::python {

// Adds get_catalogs() and its like to the class Connection.
void bind_metadata(nanobind::class_<Connection>& connection);
// Adds escape_like().
void bind_metadata_functions(nanobind::module_& module);

}  // namespace fletching::python
