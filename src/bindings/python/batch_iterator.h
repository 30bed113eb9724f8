// SPDX-License-Identifier: Apache-2.0
// Batches that Python code makes one by one, as an Arrow stream.
#pragma once

#include "arrow/owned.h"
#include "bindings/python/ref.h"

namespace fletching::python {

// The stream of a Python iterator whose items have __arrow_c_array__ or
// __arrow_c_stream__, all with the same columns. `schema`: an object with
// __arrow_c_schema__, or None for that of the first item. The iterator is asked only by
// the stream's reader, who must be within calling(): what it raises comes out there as
// itself. The reference to it may be dropped on any thread.
[[nodiscard]] UniqueArrayStream iterate_batches(PyObject* iterator, PyObject* schema);

}  // namespace fletching::python
