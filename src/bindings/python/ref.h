// SPDX-License-Identifier: Apache-2.0
// The smallest owner of a Python reference, for code that builds millions of them.
// Everything here needs the interpreter lock.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

namespace fletching::python {

class Ref {
 public:
  Ref() = default;
  explicit Ref(PyObject* stolen) noexcept : p_(stolen) {}
  Ref(Ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~Ref() { Py_XDECREF(p_); }

  [[nodiscard]] PyObject* get() const noexcept { return p_; }
  [[nodiscard]] PyObject* release() noexcept { return std::exchange(p_, nullptr); }
  explicit operator bool() const noexcept { return p_ != nullptr; }

 private:
  PyObject* p_ = nullptr;
};

[[noreturn]] inline void throw_python_error() { throw nanobind::python_error(); }

// Takes over a new reference; throws the pending Python error if there is none.
[[nodiscard]] inline Ref checked(PyObject* stolen) {
  if (stolen == nullptr) throw_python_error();
  return Ref(stolen);
}

[[nodiscard]] inline PyObject* new_reference(PyObject* borrowed) noexcept {
  Py_INCREF(borrowed);
  return borrowed;
}

}  // namespace fletching::python
