// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/zone.h"

#include "bindings/python/rows_converter.h"
#include "bindings/python/temporal_types.h"

namespace fletching::python {

Zone::Zone(const std::string& name) {
  import_datetime();
  if (name.empty()) {
    tz_ = Ref(new_reference(Py_None));
    return;
  }
  Ref module = checked(PyImport_ImportModule("fletching._zones"));
  tz_ = checked(PyObject_CallMethod(module.get(), "zone_of", "s", name.c_str()));
  // A fixed zone tells its offset without a moment; ZoneInfo says None.
  Ref offset = checked(PyObject_CallMethod(tz_.get(), "utcoffset", "O", Py_None));
  varies_ = offset.get() == Py_None;
  if (varies_) {
    fromutc_ = checked(PyObject_GetAttrString(tz_.get(), "fromutc"));
  } else {
    fixed_.offset = seconds_of(offset.get());
  }
}

std::optional<Zone::Shift> Zone::look_up(int64_t utc_seconds) {
  if (windows_ == nullptr) windows_ = std::make_unique<Windows>();
  const int64_t number = floor_div(utc_seconds, kWindow);
  Window& window = (*windows_)[static_cast<uint64_t>(number) % windows_->size()];
  if (window.number == number) return window.shift;
  const auto here = ask(utc_seconds);
  const auto first = ask(number * kWindow);
  const auto last = ask((number + 1) * kWindow - 1);
  // No zone turns its clocks to and fro within three hours: equal ends are one state.
  if (first && last && first->offset == last->offset && first->fold == last->fold) {
    window = {number, *first};
  }
  return here;
}

std::optional<Zone::Shift> Zone::ask(int64_t utc_seconds) {
  const int64_t days = floor_div(utc_seconds, kDaySeconds);
  if (!in_calendar(days)) return std::nullopt;
  Ref moment = checked(new_datetime(civil_from_days(days),
                                    clock_of(utc_seconds - days * kDaySeconds, 0),
                                    tz_.get(), 0, nullptr, 0));
  Ref local(PyObject_CallOneArg(fromutc_.get(), moment.get()));
  if (!local) {
    if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0 &&
        PyErr_ExceptionMatches(PyExc_ValueError) == 0) {
      throw_python_error();
    }
    PyErr_Clear();
    return std::nullopt;
  }
  return Shift{shown_seconds(local.get()) - utc_seconds, fold_of(local.get())};
}

}  // namespace fletching::python
