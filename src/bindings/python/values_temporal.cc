// SPDX-License-Identifier: Apache-2.0
// Dates and times of Python as numbers: the reading half of temporal_types.cc, which
// like it includes datetime.h (its API pointer is static in each file).
#include "bindings/python/values.h"

#include <datetime.h>

#include <cstdio>

#include "bindings/python/civil.h"

namespace fletching::python {
namespace {

void import_api() {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) throw_python_error();
}

// The inverse of civil_from_days, for years 1-9999.
int64_t days_of(int64_t year, int month, int day) noexcept {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t in_era = y - era * 400;
  const int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

// What subclasses have below the microsecond: 0 to 999.
int nanosecond(PyObject* value, PyTypeObject* plain, const char* attribute) {
  if (Py_TYPE(value) == plain) return 0;
  Ref number(PyObject_GetAttrString(value, attribute));
  if (!number) {
    if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw_python_error();
    PyErr_Clear();
    return 0;
  }
  if (!PyLong_Check(number.get())) return 0;
  const long nanos = PyLong_AsLong(number.get());
  if (nanos == -1 && PyErr_Occurred() != nullptr) throw_python_error();
  return nanos >= 0 && nanos <= 999 ? static_cast<int>(nanos) : 0;
}

// A timedelta that is an offset of UTC.
struct Offset {
  int64_t seconds;
  int microseconds;
};
Offset offset_of(PyObject* delta) {
  return {int64_t{PyDateTime_DELTA_GET_DAYS(delta)} * kDaySeconds +
              PyDateTime_DELTA_GET_SECONDS(delta),
          PyDateTime_DELTA_GET_MICROSECONDS(delta)};
}

std::string text_attribute(PyObject* object, const char* name) {
  Ref value(PyObject_GetAttrString(object, name));
  if (!value) {
    if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw_python_error();
    PyErr_Clear();
    return {};
  }
  return PyUnicode_Check(value.get()) ? std::string(text_of(value.get()))
                                      : std::string();
}

std::string offset_name(int64_t seconds) {
  if (seconds == 0 || seconds % 60 != 0) return "UTC";
  const int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", seconds < 0 ? '-' : '+',
                static_cast<int>(minutes / 60 % 100), static_cast<int>(minutes % 60));
  return text;
}

}  // namespace

Kind temporal_kind(PyTypeObject* type) {
  import_api();
  if (PyType_IsSubtype(type, PyDateTimeAPI->DateTimeType) != 0) return Kind::kTimestamp;
  if (PyType_IsSubtype(type, PyDateTimeAPI->DateType) != 0) return Kind::kDate;
  if (PyType_IsSubtype(type, PyDateTimeAPI->TimeType) != 0) return Kind::kTime;
  if (PyType_IsSubtype(type, PyDateTimeAPI->DeltaType) != 0) return Kind::kDuration;
  return Kind::kUnknown;
}

int64_t days_of_date(PyObject* date) {
  return days_of(PyDateTime_GET_YEAR(date), PyDateTime_GET_MONTH(date),
                 PyDateTime_GET_DAY(date));
}

Moment moment_of(PyObject* value) {
  import_api();
  Moment out;
  out.seconds =
      days_of_date(value) * kDaySeconds + PyDateTime_DATE_GET_HOUR(value) * 3600 +
      PyDateTime_DATE_GET_MINUTE(value) * 60 + PyDateTime_DATE_GET_SECOND(value);
  out.nanos = PyDateTime_DATE_GET_MICROSECOND(value) * 1000 +
              nanosecond(value, PyDateTimeAPI->DateTimeType, "nanosecond");
  if (PyDateTime_DATE_GET_TZINFO(value) == Py_None) return out;
  Ref delta = checked(PyObject_CallMethod(value, "utcoffset", nullptr));
  if (delta.get() == Py_None) return out;
  if (!PyDelta_Check(delta.get())) misfit("datetime whose utcoffset() is none");
  const Offset offset = offset_of(delta.get());
  out.aware = true;
  out.seconds -= offset.seconds;
  out.nanos -= offset.microseconds * 1000;
  if (out.nanos < 0) {
    out.nanos += 1000000000;
    --out.seconds;
  }
  return out;
}

std::string zone_name(PyObject* value) {
  import_api();
  PyObject* tz = PyDateTime_DATE_GET_TZINFO(value);
  if (tz == PyDateTimeAPI->TimeZone_UTC) return "UTC";
  for (const char* name : {"key", "zone"}) {  // zoneinfo's, pytz's
    std::string text = text_attribute(tz, name);
    if (!text.empty()) return text;
  }
  // A fixed offset has a name of its own; what varies and has none is shown in UTC.
  PyObject* fixed = reinterpret_cast<PyObject*>(Py_TYPE(PyDateTimeAPI->TimeZone_UTC));
  if (reinterpret_cast<PyObject*>(Py_TYPE(tz)) != fixed) return "UTC";
  Ref delta = checked(PyObject_CallMethod(value, "utcoffset", nullptr));
  if (!PyDelta_Check(delta.get())) return "UTC";
  const Offset offset = offset_of(delta.get());
  return offset.microseconds == 0 ? offset_name(offset.seconds) : "UTC";
}

TimeOfDay time_of(PyObject* value) {
  import_api();
  if (PyDateTime_TIME_GET_TZINFO(value) != Py_None) {
    misfit("time with a zone has no SQL type (use a datetime, or a time without)");
  }
  const int64_t seconds = PyDateTime_TIME_GET_HOUR(value) * 3600 +
                          PyDateTime_TIME_GET_MINUTE(value) * 60 +
                          PyDateTime_TIME_GET_SECOND(value);
  return {seconds * 1000000000 +
          int64_t{PyDateTime_TIME_GET_MICROSECOND(value)} * 1000 +
          nanosecond(value, PyDateTimeAPI->TimeType, "nanosecond")};
}

Span span_of(PyObject* value) {
  import_api();
  const Offset base = offset_of(value);
  int nanos = nanosecond(value, PyDateTimeAPI->DeltaType, "nanosecond");
  // pandas.Timedelta has its rest by another name.
  if (nanos == 0) nanos = nanosecond(value, PyDateTimeAPI->DeltaType, "nanoseconds");
  return {base.seconds, base.microseconds * 1000 + nanos};
}

Months months_of(PyObject* value) {
  if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 3) {
    misfit("Interval that has not three parts");
  }
  long long parts[3];
  for (int i = 0; i < 3; ++i) {
    int overflow = 0;
    parts[i] = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(value, i), &overflow);
    if (parts[i] == -1 && PyErr_Occurred() != nullptr) throw_python_error();
    if (overflow != 0 || (i < 2 && (parts[i] < INT32_MIN || parts[i] > INT32_MAX))) {
      misfit("Interval is too long");
    }
  }
  return {static_cast<int32_t>(parts[0]), static_cast<int32_t>(parts[1]), parts[2]};
}

}  // namespace fletching::python
