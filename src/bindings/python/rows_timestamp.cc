// SPDX-License-Identifier: Apache-2.0
// Timestamps of every unit, with and without zone.
#include "bindings/python/rows_converter.h"
#include "bindings/python/temporal_types.h"
#include "bindings/python/zone.h"

namespace fletching::python {
namespace {

constexpr int digits_of(int64_t unit) noexcept {
  return unit == 1 ? 0 : unit == 1000 ? 3 : unit == 1'000'000 ? 6 : 9;
}

// kUnit: how many to the second.
template <int64_t kUnit>
class TimestampConverter final : public Leaf {
 public:
  TimestampConverter(const std::string& zone, std::shared_ptr<RowContext> context)
      : zone_(zone), context_(std::move(context)) {
    if (kUnit == 1'000'000'000 &&
        context_->options.nanoseconds == Nanoseconds::kExact) {
      class_ = std::make_unique<NanosecondClass>("Timestamp");
    }
  }

  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = view.buffer_views[1].data.as_int64;
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) { return make(values_[at]); });
  }

 private:
  PyObject* make(int64_t value) {
    const int64_t seconds = floor_div(value, kUnit);
    const int64_t fraction = value - seconds * kUnit;
    if (!in_calendar(floor_div(seconds, kDaySeconds))) return beyond(seconds, fraction);
    const auto shift = zone_.at(seconds);
    if (!shift) return beyond(seconds, fraction);
    const int64_t local = seconds + shift->offset;
    const int64_t day = floor_div(local, kDaySeconds);
    if (day != day_) {
      if (!in_calendar(day)) return beyond(seconds, fraction);
      day_ = day;
      civil_ = civil_from_days(day);
    }
    int micro;
    int nano = 0;
    if constexpr (kUnit == 1'000'000'000) {
      micro = static_cast<int>(fraction / 1000);
      nano = static_cast<int>(fraction % 1000);
      if (nano != 0 && context_->options.nanoseconds == Nanoseconds::kError) {
        throw ValueFault{"the timestamp " + timestamp_text(seconds, fraction, 9) +
                         " has nanoseconds (pass nanoseconds='exact' or 'truncate')"};
      }
    } else {
      micro = static_cast<int>(fraction * (1'000'000 / kUnit));
    }
    return new_datetime(civil_, clock_of(local - day * kDaySeconds, micro), zone_.tz(),
                        shift->fold, class_.get(), nano);
  }

  [[nodiscard]] PyObject* beyond(int64_t seconds, int64_t fraction) const {
    std::string text = timestamp_text(seconds, fraction, digits_of(kUnit));
    if (zone_.tz() != Py_None) text += "+00:00";
    if (context_->options.out_of_range == OutOfRange::kError) {
      throw ValueFault{"the timestamp " + text +
                       " is outside of the years 1 to 9999 that datetime holds (pass "
                       "out_of_range='text' to get such values as text)"};
    }
    return PyUnicode_FromStringAndSize(text.data(),
                                       static_cast<Py_ssize_t>(text.size()));
  }

  Zone zone_;
  std::shared_ptr<RowContext> context_;
  std::unique_ptr<NanosecondClass> class_;
  const int64_t* values_ = nullptr;
  int64_t day_ = INT64_MIN;
  Civil civil_{};
};

}  // namespace

ConverterPtr make_timestamp(const ArrowSchemaView& type,
                            std::shared_ptr<RowContext> context) {
  if (type.type != NANOARROW_TYPE_TIMESTAMP) return nullptr;
  const std::string zone = type.timezone != nullptr ? type.timezone : "";
  switch (type.time_unit) {
    case NANOARROW_TIME_UNIT_SECOND:
      return std::make_unique<TimestampConverter<1>>(zone, std::move(context));
    case NANOARROW_TIME_UNIT_MILLI:
      return std::make_unique<TimestampConverter<1000>>(zone, std::move(context));
    case NANOARROW_TIME_UNIT_MICRO:
      return std::make_unique<TimestampConverter<1'000'000>>(zone, std::move(context));
    case NANOARROW_TIME_UNIT_NANO:
      return std::make_unique<TimestampConverter<1'000'000'000>>(zone,
                                                                 std::move(context));
  }
  return nullptr;
}

}  // namespace fletching::python
