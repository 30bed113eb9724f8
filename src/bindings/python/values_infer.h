// SPDX-License-Identifier: Apache-2.0
// The Arrow type that holds all values of a column exactly.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/owned.h"
#include "bindings/python/values.h"

namespace fletching::python {

// What the values seen so far need. Everything with the interpreter lock; throws Misfit
// or python_error.
//
// int: int64, else uint64, else decimal; with floats double where every int has one,
// with Decimals decimal. bool, text, bytes, dates and the like mix with nothing but
// None. Times are of microseconds, of nanoseconds where a value has some. Aware
// datetimes keep their zone if all have the same, else UTC.
class Needs {
 public:
  void add(PyObject* value);
  // Sets the type of an initialised schema.
  void set_type(ArrowSchema* schema) const;

 private:
  void join(Kind kind, PyObject* value);
  void add_integer(const Integer& value, PyObject* shown_as);
  void add_decimal(const Exact& value);
  void add_moment(PyObject* value);
  void add_list(PyObject* value);
  void add_struct(PyObject* value);
  [[nodiscard]] Needs& field(const std::string& name);
  void set_decimal(ArrowSchema* schema) const;

  Kind kind_ = Kind::kNull;
  bool negative_ = false, wide_ = false, huge_ = false;  // of ints: > int64, > uint64
  std::string no_double_;                                // an int that no float has
  uint64_t largest_ = 0;                                 // of ints up to 64 bits
  int64_t whole_ = 0, scale_ = 0;
  bool nanos_ = false, aware_ = false, zoned_ = false;
  bool outside_ = false;  // of what nanoseconds reach
  std::string zone_;
  std::unique_ptr<Needs> item_;
  std::vector<std::pair<std::string, std::unique_ptr<Needs>>> fields_;
};

}  // namespace fletching::python
