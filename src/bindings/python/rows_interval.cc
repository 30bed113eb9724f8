// SPDX-License-Identifier: Apache-2.0
// The three intervals of Arrow, all as fletching.Interval(months, days, nanoseconds).
#include <cstring>

#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

struct Parts {
  int64_t months = 0, days = 0, nanoseconds = 0;
};

struct Months {
  static constexpr int kBytes = 4;
  static Parts parts(const char* p) noexcept {
    int32_t months;
    std::memcpy(&months, p, 4);
    return {months, 0, 0};
  }
};

struct DayTime {
  static constexpr int kBytes = 8;
  static Parts parts(const char* p) noexcept {
    int32_t value[2];
    std::memcpy(value, p, 8);
    return {0, value[0], int64_t{value[1]} * 1'000'000};
  }
};

struct MonthDayNano {
  static constexpr int kBytes = 16;
  static Parts parts(const char* p) noexcept {
    int32_t value[2];
    int64_t nanoseconds;
    std::memcpy(value, p, 8);
    std::memcpy(&nanoseconds, p + 8, 8);
    return {value[0], value[1], nanoseconds};
  }
};

template <class Form>
class IntervalConverter final : public Leaf {
 public:
  IntervalConverter() {
    Ref module = checked(PyImport_ImportModule("fletching._temporal"));
    type_ = checked(PyObject_GetAttrString(module.get(), "Interval"));
  }
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = static_cast<const char*>(view.buffer_views[1].data.data);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) -> PyObject* {
      const Parts parts = Form::parts(values_ + at * Form::kBytes);
      Ref months(PyLong_FromLongLong(parts.months));
      Ref days(PyLong_FromLongLong(parts.days));
      Ref nanoseconds(PyLong_FromLongLong(parts.nanoseconds));
      if (!months || !days || !nanoseconds) return nullptr;
      PyObject* arguments[] = {months.get(), days.get(), nanoseconds.get()};
      return PyObject_Vectorcall(type_.get(), arguments, 3, nullptr);
    });
  }
  [[nodiscard]] bool atomic() const override { return false; }

 private:
  Ref type_;
  const char* values_ = nullptr;
};

}  // namespace

ConverterPtr make_interval(const ArrowSchemaView& type) {
  switch (type.type) {
    case NANOARROW_TYPE_INTERVAL_MONTHS:
      return std::make_unique<IntervalConverter<Months>>();
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
      return std::make_unique<IntervalConverter<DayTime>>();
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return std::make_unique<IntervalConverter<MonthDayNano>>();
    default:
      return nullptr;
  }
}

}  // namespace fletching::python
