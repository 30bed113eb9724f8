// SPDX-License-Identifier: Apache-2.0
// A schema as PEP 249's cursor.description.
#pragma once

#include "arrow/owned.h"
#include "bindings/python/ref.h"

namespace fletching::python {

// A new list of (name, type_code, None, internal_size, precision, scale, null_ok).
// type_code is the Arrow type's name as text, which compares equal to the type objects
// of fletching._types. internal_size is in bytes for types of fixed width. precision
// and scale are those of decimals, and what the server says in the metadata
// ARROW:FLIGHT:SQL:PRECISION and :SCALE. Throws python_error.
[[nodiscard]] PyObject* describe(const ArrowSchema& schema);

}  // namespace fletching::python
