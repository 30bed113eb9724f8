// SPDX-License-Identifier: Apache-2.0
// Dates, times, durations and intervals.
#include "arrow/time_unit.h"
#include "bindings/python/civil.h"
#include "bindings/python/values_writer.h"

namespace fletching::python {
namespace {

// seconds + nanos in that unit, exactly.
int64_t in_units(int64_t seconds, int64_t nanos, int64_t units, PyObject* value) {
  const int64_t nanos_of_unit = 1000000000 / units;
  if (nanos % nanos_of_unit != 0) {
    misfit(shown(value) + " has more digits of a second than the parameter's type");
  }
  // By parts, since the sum of a negative second and its rest may fit where the first
  // alone does not.
  __int128 whole = static_cast<__int128>(seconds) * units + nanos / nanos_of_unit;
  if (whole > INT64_MAX || whole < INT64_MIN) {
    misfit(shown(value) + " is outside of the range of the parameter's type");
  }
  return static_cast<int64_t>(whole);
}

class DateWriter final : public ValueWriter {
 public:
  explicit DateWriter(int64_t per_day) : per_day_(per_day) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind == Kind::kTimestamp) {
      const Moment moment = moment_of(value);
      if (moment.aware || moment.nanos != 0 || moment.seconds % kDaySeconds != 0) {
        misfit(shown(value) + " is more than a date");
      }
    } else if (kind != Kind::kDate) {
      wrong_type(value, "a date");
    }
    check_append(ArrowArrayAppendInt(out, days_of_date(value) * per_day_));
  }

 private:
  int64_t per_day_;
};

class TimestampWriter final : public ValueWriter {
 public:
  TimestampWriter(ArrowTimeUnit unit, bool aware)
      : units_(units_per_second(unit)), aware_(aware) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    Moment moment;
    if (kind == Kind::kTimestamp) {
      moment = moment_of(value);
    } else if (kind == Kind::kDate && !aware_) {
      moment.seconds = days_of_date(value) * kDaySeconds;
    } else {
      wrong_type(value, "a datetime");
    }
    if (moment.aware != aware_) {
      misfit(shown(value) + (aware_ ? " has no time zone, and the parameter's type has "
                                      "one (use an aware datetime)"
                                    : " has a time zone, and the parameter's type has "
                                      "none (use a naive datetime)"));
    }
    check_append(ArrowArrayAppendInt(
        out, in_units(moment.seconds, moment.nanos, units_, value)));
  }

 private:
  int64_t units_;
  bool aware_;
};

class TimeWriter final : public ValueWriter {
 public:
  explicit TimeWriter(ArrowTimeUnit unit) : units_(units_per_second(unit)) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kTime) wrong_type(value, "a time");
    const int64_t nanos = time_of(value).nanos;
    check_append(ArrowArrayAppendInt(
        out, in_units(nanos / 1000000000, nanos % 1000000000, units_, value)));
  }

 private:
  int64_t units_;
};

class DurationWriter final : public ValueWriter {
 public:
  explicit DurationWriter(ArrowTimeUnit unit) : units_(units_per_second(unit)) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kDuration) wrong_type(value, "a timedelta");
    const Span span = span_of(value);
    check_append(
        ArrowArrayAppendInt(out, in_units(span.seconds, span.nanos, units_, value)));
  }

 private:
  int64_t units_;
};

class IntervalWriter final : public ValueWriter {
 public:
  explicit IntervalWriter(ArrowType type) : type_(type) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    Months parts;
    if (kind == Kind::kInterval) {
      parts = months_of(value);
    } else if (kind == Kind::kDuration) {
      const Span span = span_of(value);
      parts.nanos = in_units(span.seconds, span.nanos, 1000000000, value);
    } else {
      wrong_type(value, "an Interval or a timedelta");
    }
    ArrowInterval interval;
    ArrowIntervalInit(&interval, type_);
    interval.months = parts.months;
    interval.days = parts.days;
    interval.ns = parts.nanos;
    if (type_ == NANOARROW_TYPE_INTERVAL_MONTHS &&
        (parts.days != 0 || parts.nanos != 0)) {
      misfit(shown(value) + " is more than months");
    }
    if (type_ == NANOARROW_TYPE_INTERVAL_DAY_TIME) {
      const int64_t millis = parts.nanos / 1000000;
      if (parts.months != 0 || parts.nanos % 1000000 != 0 || millis > INT32_MAX ||
          millis < INT32_MIN) {
        misfit(shown(value) + " is more than days and milliseconds");
      }
      interval.ms = static_cast<int32_t>(millis);
    }
    check_append(ArrowArrayAppendInterval(out, &interval));
  }

 private:
  ArrowType type_;
};

}  // namespace

std::unique_ptr<ValueWriter> make_time_writer(const ArrowSchemaView& type) {
  switch (type.type) {
    case NANOARROW_TYPE_DATE32:
      return std::make_unique<DateWriter>(1);
    case NANOARROW_TYPE_DATE64:
      return std::make_unique<DateWriter>(kDaySeconds * 1000);
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return std::make_unique<TimeWriter>(type.time_unit);
    case NANOARROW_TYPE_TIMESTAMP:
      return std::make_unique<TimestampWriter>(
          type.time_unit, type.timezone != nullptr && *type.timezone != '\0');
    case NANOARROW_TYPE_DURATION:
      return std::make_unique<DurationWriter>(type.time_unit);
    case NANOARROW_TYPE_INTERVAL_MONTHS:
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return std::make_unique<IntervalWriter>(type.type);
    default:
      return nullptr;
  }
}

}  // namespace fletching::python
