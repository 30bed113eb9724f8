// SPDX-License-Identifier: Apache-2.0
// Python functions that the core calls while it works: progress, tokens (calling.h).
#pragma once

#include "bindings/python/calling.h"
#include "fletching/driver.h"

namespace fletching::python {

// function(rows: int, bytes: int, total_rows, total_bytes, fraction); None for what is
// not known. Owns a reference.
[[nodiscard]] ProgressListener progress_listener(PyObject* function);

// function() -> str or (str, seconds since 1970 or datetime or None).
[[nodiscard]] TokenProvider token_provider(PyObject* function);

}  // namespace fletching::python
