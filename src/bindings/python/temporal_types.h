// SPDX-License-Identifier: Apache-2.0
// Making datetime's objects and Fletching's nanosecond subclasses of them from C++.
#pragma once

#include <cstdint>

#include "bindings/python/civil.h"
#include "bindings/python/ref.h"

namespace fletching::python {

struct Clock24 {
  int hour, minute, second, microsecond;
};
constexpr Clock24 clock_of(int64_t second_of_day, int microsecond) noexcept {
  const auto s = static_cast<int>(second_of_day);
  return {s / 3600, s / 60 % 60, s % 60, microsecond};
}

// A class of Python with the slot `_nanosecond`, allocated past its __new__ and filled
// at the slot's place. The garbage collector is told to forget the object: it holds an
// int and a tzinfo.
class NanosecondClass {
 public:
  // Imports fletching._temporal.`name`.
  explicit NanosecondClass(const char* name);
  [[nodiscard]] PyTypeObject* type() const noexcept {
    return reinterpret_cast<PyTypeObject*>(type_.get());
  }
  // Puts the nanoseconds into a fresh object of type(); nullptr stays nullptr.
  PyObject* finish(PyObject* fresh, int nanosecond) const;

 private:
  Ref type_;
  Py_ssize_t place_ = 0;
};

// Call before anything below; throws python_error.
void import_datetime();
PyObject* new_date(const Civil& c);
PyObject* new_datetime(const Civil& c, const Clock24& t, PyObject* tz, int fold,
                       const NanosecondClass* cls, int nanosecond);
PyObject* new_time(const Clock24& t, const NanosecondClass* cls, int nanosecond);
PyObject* new_timedelta(int64_t days, int seconds, int microseconds,
                        const NanosecondClass* cls, int nanosecond);
[[nodiscard]] PyObject* utc() noexcept;  // borrowed

// A timedelta in whole seconds; throws python_error where `delta` is none.
[[nodiscard]] int64_t seconds_of(PyObject* delta);
// Second since 1970 that the fields of a datetime show, its zone aside; and its fold.
[[nodiscard]] int64_t shown_seconds(PyObject* moment) noexcept;
[[nodiscard]] int fold_of(PyObject* moment) noexcept;

}  // namespace fletching::python
