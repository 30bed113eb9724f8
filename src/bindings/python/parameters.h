// SPDX-License-Identifier: Apache-2.0
// Rows of parameters as Python gives them, as an Arrow stream.
#pragma once

#include <string>
#include <vector>

#include "arrow/owned.h"
#include "bindings/python/ref.h"

namespace fletching::python {

// `rows`: a list whose items are sequences, or mappings where the slots have names
// (Statement::parameter_names). `expected`: the server's types, a field a slot, or
// null; where it says nothing of a slot (null, a union) the type is that of all its
// values. Throws Error naming parameter, row and value; python_error from the values'
// own code.
[[nodiscard]] UniqueArrayStream make_parameters(PyObject* rows,
                                                const std::vector<std::string>& slots,
                                                const ArrowSchema* expected);

// The stream of an object with __arrow_c_stream__ or __arrow_c_array__, or of a capsule
// of one. Throws python_error (TypeError).
[[nodiscard]] UniqueArrayStream take_stream(PyObject* object);

// The schema of an object with __arrow_c_schema__. Throws python_error.
[[nodiscard]] UniqueSchema take_schema(PyObject* object);

}  // namespace fletching::python
