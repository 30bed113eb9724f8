// SPDX-License-Identifier: Apache-2.0
// Where the rows of a reader come from: a result of the driver, or any Arrow stream.
#pragma once

#include <memory>
#include <string>

#include "arrow/owned.h"
#include "bindings/python/ref.h"
#include "bindings/python/stream_capsule.h"
#include "fletching/driver.h"

namespace fletching::python {

// All calls with the interpreter lock, which they give up while they wait.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // A struct type, valid as long as the source.
  virtual const ArrowSchema& schema() = 0;
  // False at the end.
  virtual bool next(ArrowArray* out) = 0;
  // Where another reader goes on behind the last batch; empty: nowhere.
  [[nodiscard]] virtual std::string position() const { return {}; }
  // From any thread; ends a next() that waits.
  virtual void cancel() noexcept = 0;
  // How far it is, where anybody says.
  [[nodiscard]] virtual ResultProgress progress() const { return {}; }
  // No more reading; never throws.
  virtual void close() noexcept = 0;
  // Moves the rest into a C stream; nothing else may be called afterwards but close().
  // What goes wrong in it is kept in `failure`, since the C interface has but an errno.
  virtual void export_stream(ArrowArrayStream* out,
                             const std::shared_ptr<StreamFailure>& failure) = 0;
};

// Of a result of the driver that has rows.
[[nodiscard]] std::unique_ptr<BatchSource> driver_source(Result result);

// Takes the stream of an object with __arrow_c_stream__, or of a capsule of one.
// Throws python_error (TypeError).
[[nodiscard]] std::unique_ptr<BatchSource> import_stream(PyObject* object);

}  // namespace fletching::python
