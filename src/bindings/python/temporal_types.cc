// SPDX-License-Identifier: Apache-2.0
// The only file that includes datetime.h: its API pointer is static in each.
#include "bindings/python/temporal_types.h"

#include <datetime.h>
#include <structmember.h>

namespace fletching::python {
namespace {

// Days from civil: the inverse of civil_from_days, for years 1-9999.
int64_t days_of(int year, int month, int day) noexcept {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t in_era = y - era * 400;
  const int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

}  // namespace

void import_datetime() {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) throw_python_error();
}

NanosecondClass::NanosecondClass(const char* name) {
  Ref module = checked(PyImport_ImportModule("fletching._temporal"));
  type_ = checked(PyObject_GetAttrString(module.get(), name));
  Ref slot = checked(PyObject_GetAttrString(type_.get(), "_nanosecond"));
  if (!PyType_Check(type_.get()) ||
      !PyObject_TypeCheck(slot.get(), &PyMemberDescr_Type)) {
    PyErr_Format(PyExc_SystemError, "fletching._temporal.%s has no slot _nanosecond",
                 name);
    throw_python_error();
  }
  place_ = reinterpret_cast<PyMemberDescrObject*>(slot.get())->d_member->offset;
}

PyObject* NanosecondClass::finish(PyObject* fresh, int nanosecond) const {
  if (fresh == nullptr) return nullptr;
  PyObject* number = PyLong_FromLong(nanosecond);
  if (number == nullptr) {
    Py_DECREF(fresh);
    return nullptr;
  }
  *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(fresh) + place_) = number;
  if (PyObject_GC_IsTracked(fresh) != 0) PyObject_GC_UnTrack(fresh);
  return fresh;
}

PyObject* new_date(const Civil& c) {
  return PyDate_FromDate(static_cast<int>(c.year), c.month, c.day);
}

PyObject* new_datetime(const Civil& c, const Clock24& t, PyObject* tz, int fold,
                       const NanosecondClass* cls, int nanosecond) {
  PyTypeObject* type = cls != nullptr ? cls->type() : PyDateTimeAPI->DateTimeType;
  PyObject* made = PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(
      static_cast<int>(c.year), c.month, c.day, t.hour, t.minute, t.second,
      t.microsecond, tz, fold, type);
  return cls != nullptr ? cls->finish(made, nanosecond) : made;
}

PyObject* new_time(const Clock24& t, const NanosecondClass* cls, int nanosecond) {
  PyTypeObject* type = cls != nullptr ? cls->type() : PyDateTimeAPI->TimeType;
  PyObject* made = PyDateTimeAPI->Time_FromTime(t.hour, t.minute, t.second,
                                                t.microsecond, Py_None, type);
  return cls != nullptr ? cls->finish(made, nanosecond) : made;
}

PyObject* new_timedelta(int64_t days, int seconds, int microseconds,
                        const NanosecondClass* cls, int nanosecond) {
  PyTypeObject* type = cls != nullptr ? cls->type() : PyDateTimeAPI->DeltaType;
  PyObject* made = PyDateTimeAPI->Delta_FromDelta(static_cast<int>(days), seconds,
                                                  microseconds, 0, type);
  return cls != nullptr ? cls->finish(made, nanosecond) : made;
}

PyObject* utc() noexcept { return PyDateTimeAPI->TimeZone_UTC; }

int64_t seconds_of(PyObject* delta) {
  if (!PyDelta_Check(delta)) {
    PyErr_SetString(PyExc_TypeError, "the zone's utcoffset() is no timedelta");
    throw_python_error();
  }
  return int64_t{PyDateTime_DELTA_GET_DAYS(delta)} * kDaySeconds +
         PyDateTime_DELTA_GET_SECONDS(delta);
}

int64_t shown_seconds(PyObject* moment) noexcept {
  return days_of(PyDateTime_GET_YEAR(moment), PyDateTime_GET_MONTH(moment),
                 PyDateTime_GET_DAY(moment)) *
             kDaySeconds +
         PyDateTime_DATE_GET_HOUR(moment) * 3600 +
         PyDateTime_DATE_GET_MINUTE(moment) * 60 + PyDateTime_DATE_GET_SECOND(moment);
}

int fold_of(PyObject* moment) noexcept { return PyDateTime_DATE_GET_FOLD(moment); }

}  // namespace fletching::python
