// SPDX-License-Identifier: Apache-2.0
// Dates, times of day and durations.
#include "arrow/time_unit.h"
#include "bindings/python/rows_converter.h"
#include "bindings/python/temporal_types.h"

namespace fletching::python {
namespace {

PyObject* new_text_object(const std::string& text) {
  return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

// The text of a value that Python cannot hold, or the fault that says so.
PyObject* text_or_fault(const RowOptions& options, const char* kind,
                        const std::string& text, const char* why) {
  if (options.out_of_range == OutOfRange::kText) return new_text_object(text);
  throw ValueFault{std::string("the ") + kind + " " + text + " " + why +
                   " (pass out_of_range='text' to get such values as text)"};
}

// What a fraction of a second is to Python.
struct Fraction {
  int micro, nano;
};
Fraction split(int64_t fraction, int64_t unit, const RowOptions& options,
               const char* kind) {
  if (unit <= 1'000'000) {
    return {static_cast<int>(fraction * (1'000'000 / unit)), 0};
  }
  const auto nano = static_cast<int>(fraction % 1000);
  if (nano != 0 && options.nanoseconds == Nanoseconds::kError) {
    throw ValueFault{std::string("the ") + kind +
                     " has nanoseconds (pass nanoseconds='exact' or 'truncate')"};
  }
  return {static_cast<int>(fraction / 1000), nano};
}

std::unique_ptr<NanosecondClass> nanosecond_class(ArrowTimeUnit unit,
                                                  const RowOptions& options,
                                                  const char* name) {
  if (unit != NANOARROW_TIME_UNIT_NANO || options.nanoseconds != Nanoseconds::kExact) {
    return nullptr;
  }
  return std::make_unique<NanosecondClass>(name);
}

// T: int32_t counts days, int64_t milliseconds (whole days, says Arrow; what is below
// belongs to the day it falls in).
template <class T>
class DateConverter final : public Leaf {
 public:
  explicit DateConverter(std::shared_ptr<RowContext> context)
      : context_(std::move(context)) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = static_cast<const T*>(view.buffer_views[1].data.data);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    int64_t hits = 0;
    each(begin, count, out, [&](int64_t at) {
      int64_t day = values_[at];
      if constexpr (sizeof(T) == 8) day = floor_div(day, kDaySeconds * 1000);
      return context_->dates.get(IntKey{day}, hits, [&] { return make(day); });
    });
  }

 private:
  PyObject* make(int64_t day) const {
    if (in_calendar(day)) return new_date(civil_from_days(day));
    return text_or_fault(context_->options, "date", date_text(day),
                         "is outside of the years 1 to 9999 that date holds");
  }

  std::shared_ptr<RowContext> context_;
  const T* values_ = nullptr;
};

template <class T>
class TimeConverter final : public Leaf {
 public:
  TimeConverter(ArrowTimeUnit unit, std::shared_ptr<RowContext> context)
      : unit_(units_per_second(unit)),
        digits_(digits_of(unit)),
        context_(std::move(context)),
        class_(nanosecond_class(unit, context_->options, "Time")) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = static_cast<const T*>(view.buffer_views[1].data.data);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) { return make(values_[at]); });
  }

 private:
  PyObject* make(int64_t value) const {
    const int64_t seconds = floor_div(value, unit_);
    const int64_t fraction = value - seconds * unit_;
    if (seconds < 0 || seconds >= kDaySeconds) {
      return text_or_fault(context_->options, "time",
                           time_text(seconds, fraction, digits_),
                           "is not within a day, as time must be");
    }
    const Fraction f = split(fraction, unit_, context_->options, "time");
    return new_time(clock_of(seconds, f.micro), class_.get(), f.nano);
  }

  int64_t unit_;
  int digits_;
  std::shared_ptr<RowContext> context_;
  std::unique_ptr<NanosecondClass> class_;
  const T* values_ = nullptr;
};

class DurationConverter final : public Leaf {
 public:
  DurationConverter(ArrowTimeUnit unit, std::shared_ptr<RowContext> context)
      : unit_(units_per_second(unit)),
        digits_(digits_of(unit)),
        context_(std::move(context)),
        class_(nanosecond_class(unit, context_->options, "Duration")) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = view.buffer_views[1].data.as_int64;
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) { return make(values_[at]); });
  }

 private:
  static constexpr int64_t kMostDays = 999'999'999;  // of a timedelta

  PyObject* make(int64_t value) const {
    const int64_t seconds = floor_div(value, unit_);
    const int64_t fraction = value - seconds * unit_;
    const int64_t days = floor_div(seconds, kDaySeconds);
    if (days < -kMostDays || days > kMostDays) {
      return text_or_fault(context_->options, "duration",
                           duration_text(seconds, fraction, digits_),
                           "is longer than the 999999999 days that timedelta holds");
    }
    const Fraction f = split(fraction, unit_, context_->options, "duration");
    return new_timedelta(days, static_cast<int>(seconds - days * kDaySeconds), f.micro,
                         class_.get(), f.nano);
  }

  int64_t unit_;
  int digits_;
  std::shared_ptr<RowContext> context_;
  std::unique_ptr<NanosecondClass> class_;
  const int64_t* values_ = nullptr;
};

}  // namespace

RowContext::RowContext(const RowOptions& given) : options(given) { import_datetime(); }

ConverterPtr make_temporal(const ArrowSchemaView& type,
                           std::shared_ptr<RowContext> context) {
  switch (type.type) {
    case NANOARROW_TYPE_DATE32:
      return std::make_unique<DateConverter<int32_t>>(std::move(context));
    case NANOARROW_TYPE_DATE64:
      return std::make_unique<DateConverter<int64_t>>(std::move(context));
    case NANOARROW_TYPE_TIME32:
      return std::make_unique<TimeConverter<int32_t>>(type.time_unit,
                                                      std::move(context));
    case NANOARROW_TYPE_TIME64:
      return std::make_unique<TimeConverter<int64_t>>(type.time_unit,
                                                      std::move(context));
    case NANOARROW_TYPE_DURATION:
      return std::make_unique<DurationConverter>(type.time_unit, std::move(context));
    default:
      return nullptr;
  }
}

}  // namespace fletching::python
