// SPDX-License-Identifier: Apache-2.0
// Python values into an Arrow array of a given type, exactly or not at all.
#pragma once

#include <memory>

#include "arrow/owned.h"
#include "bindings/python/values.h"

namespace fletching::python {

// Appends to arrays of one type that are being built (ArrowArrayStartAppending). With
// the interpreter lock; throws Misfit or python_error, after which the array is lost.
//
// What a type takes: whole numbers any number without a fraction that fits; floats any
// number that they have (and every float: float32 rounds); decimals whatever their
// scale keeps; text str and UUID; bytes bytes-like objects; dates a date, or a datetime
// at midnight; timestamps a date too, with a zone aware datetimes alone and without one
// naive ones alone; intervals an Interval or a timedelta; structs a dict; maps a dict
// or pairs.
class ValueWriter {
 public:
  virtual ~ValueWriter() = default;
  void append(ArrowArray* out, PyObject* value);

 protected:
  virtual void write(ArrowArray* out, PyObject* value, Kind kind) = 0;
};

// Null where the type cannot be written (unions, run-end encoding, views of lists, null
// and everything that holds one of them): then the type is to be inferred.
[[nodiscard]] std::unique_ptr<ValueWriter> make_writer(const ArrowSchema& type);

// For the parts of this file; values_writer_time.cc.
[[nodiscard]] std::unique_ptr<ValueWriter> make_time_writer(
    const ArrowSchemaView& type);

// Throws Misfit(kInvalidData) or bad_alloc for what nanoarrow's appending says.
void check_append(int code);

}  // namespace fletching::python
