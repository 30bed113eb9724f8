// SPDX-License-Identifier: Apache-2.0
// Parquet files, which Python code reads (fletching/_parquet.py).
#pragma once

#include "bindings/python/ref.h"
#include "fletching/driver.h"

namespace fletching::python {

// function(fd: int, wanted: capsule "arrow_schema" or None) -> an iterator of what has
// __arrow_c_array__, before those what has __arrow_c_schema__. Owns a reference. What
// it raises becomes an Error, whatever thread it is on: a file is bytes from outside.
[[nodiscard]] ParquetReader parquet_reader(PyObject* function);

}  // namespace fletching::python
