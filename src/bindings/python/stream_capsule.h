// SPDX-License-Identifier: Apache-2.0
// Results as Arrow C streams in capsules (the Arrow PyCapsule interface).
#pragma once

#include <memory>
#include <optional>

#include "arrow/owned.h"
#include "bindings/python/ref.h"
#include "fletching/driver.h"

namespace fletching::python {

// The error that ended an exported stream, for faces that can raise it as it was.
struct StreamFailure {
  std::optional<Error> error;
};

// Moves a result into a C stream whose callbacks may be called with the interpreter
// lock or without it, on any thread. A signal handler that raises during get_next makes
// it return EINTR, and its exception is raised as soon as Python code runs again.
void export_result(Result result, std::shared_ptr<StreamFailure> failure,
                   ArrowArrayStream* out);

// Capsules "arrow_array_stream", "arrow_schema" and "arrow_array" that own what they
// are given. Throws python_error.
[[nodiscard]] Ref stream_capsule(UniqueArrayStream stream);
[[nodiscard]] Ref schema_capsule(UniqueSchema schema);
[[nodiscard]] Ref array_capsule(UniqueArray array);

}  // namespace fletching::python
