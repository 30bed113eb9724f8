// SPDX-License-Identifier: Apache-2.0
// What a Python object is to SQL, and its value exactly. Classes of packages that may
// not be there (numpy, pandas) are known by name and asked by protocol; an object that
// nobody knows is refused, never turned into text.
//
// Everything here needs the interpreter lock and may throw python_error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bindings/python/ref.h"
#include "fletching/error.h"

namespace fletching::python {

enum class Kind : uint8_t {
  kNull,
  kBool,
  kInt,
  kFloat,
  kDecimal,
  kText,
  kBytes,
  kDate,
  kTimestamp,
  kTime,
  kDuration,
  kInterval,
  kUuid,
  kList,
  kStruct,
  kForeign,  // something that plain() makes one of the others
  kUnknown,
};
[[nodiscard]] std::string_view kind_name(Kind kind) noexcept;

// By its class alone.
[[nodiscard]] Kind kind_of(PyObject* value);

// An object of another package as one of Python's own: a numpy scalar, an array of
// numpy's, pandas.NA and NaT (None). The kind of the result is never kForeign.
[[nodiscard]] Ref plain(PyObject* value);

// Why a value cannot be bound; the caller says which one it is.
struct Misfit {
  Code code;  // kInvalidArgument: the wrong type; kInvalidData: does not fit
  std::string why;
};
[[noreturn]] void misfit(std::string why);  // kInvalidData
[[noreturn]] void wrong_type(PyObject* value, const char* wanted);

// "int 300", "str 'abc...'" for messages: at most some 40 characters of plain types,
// else the type alone.
[[nodiscard]] std::string shown(PyObject* value);
[[nodiscard]] std::string type_name_of(PyObject* value);

// ---- the value itself, of an object of that kind ----

struct Integer {
  bool negative = false;
  bool small = false;  // `magnitude` holds it; else `digits`
  uint64_t magnitude = 0;
  std::string digits;  // decimal, without sign
};
[[nodiscard]] Integer integer_of(PyObject* value);

// digits * 10^exponent; digits without leading zeros, "" for zero.
struct Exact {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;
};
[[nodiscard]] Exact decimal_of(PyObject* value);  // Misfit for NaN and infinity
[[nodiscard]] Exact exact_of(const Integer& value);

// UTF-8 that lives as long as the object. Misfit for lone surrogates.
[[nodiscard]] std::string_view text_of(PyObject* value);

// The bytes of a bytes-like object, contiguous, held while this lives.
class Bytes {
 public:
  explicit Bytes(PyObject* value);
  ~Bytes();
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  [[nodiscard]] std::string_view view() const noexcept {
    return {static_cast<const char*>(buffer_.buf), static_cast<size_t>(buffer_.len)};
  }

 private:
  Py_buffer buffer_;
};
[[nodiscard]] std::string uuid_bytes(PyObject* value);  // 16

// ---- dates and times; values_temporal.cc ----

// Of datetime's classes, or kUnknown.
[[nodiscard]] Kind temporal_kind(PyTypeObject* type);

[[nodiscard]] int64_t days_of_date(PyObject* date);  // since 1970; of datetimes too

// As clocks show it where it has no zone, else in UTC.
struct Moment {
  int64_t seconds = 0;  // since 1970
  int nanos = 0;        // 0 to 999,999,999
  bool aware = false;
};
[[nodiscard]] Moment moment_of(PyObject* datetime);
// The name of an aware datetime's zone: "Europe/Berlin", "+05:30", else "UTC".
[[nodiscard]] std::string zone_name(PyObject* datetime);

struct TimeOfDay {
  int64_t nanos = 0;
};
[[nodiscard]] TimeOfDay time_of(PyObject* time);  // Misfit where it has a zone

struct Span {
  int64_t seconds = 0;
  int nanos = 0;  // 0 to 999,999,999, also below zero
};
[[nodiscard]] Span span_of(PyObject* timedelta);

struct Months {
  int32_t months = 0, days = 0;
  int64_t nanos = 0;
};
[[nodiscard]] Months months_of(PyObject* interval);  // fletching.Interval

}  // namespace fletching::python
