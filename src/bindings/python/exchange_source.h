// SPDX-License-Identifier: Apache-2.0
// What Python code sends to a Flight service, message by message.
#pragma once

#include "arrow/owned.h"
#include "bindings/python/ref.h"
#include "fletching/flight_reader.h"

namespace fletching::python {

// `iterator` gives pairs: rows with __arrow_c_array__ (of the columns `schema`) or
// None, and bytes or None. Owns a reference. What its code raises comes out of
// calling() as itself.
[[nodiscard]] ExchangeSource exchange_source(PyObject* iterator, UniqueSchema schema);

}  // namespace fletching::python
