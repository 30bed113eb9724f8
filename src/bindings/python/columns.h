// SPDX-License-Identifier: Apache-2.0
// A schema's fields with all that they say, children and metadata too.
#pragma once

#include "arrow/owned.h"
#include "bindings/python/ref.h"

namespace fletching::python {

// A new list of (name, type, nullable, metadata, children), a tuple a field of
// `schema`. type is that of cursor.description; metadata a dict of texts; children a
// tuple of the same tuples: the fields of nested types, the values of dictionaries and
// of run ends, key and value of maps. Throws python_error.
[[nodiscard]] PyObject* describe_columns(const ArrowSchema& schema);

}  // namespace fletching::python
