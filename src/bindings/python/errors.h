// SPDX-License-Identifier: Apache-2.0
// fletching::Error as the exceptions of fletching._errors: the only translation.
#pragma once

#include "fletching/error.h"

namespace fletching::python {

// Registers the translation of Error and Interrupted with nanobind.
void register_errors();

// Makes `error` the current Python error. With the interpreter lock.
void set_python_error(const Error& error);

}  // namespace fletching::python
