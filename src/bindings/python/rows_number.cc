// SPDX-License-Identifier: Apache-2.0
// Null, boolean, integer and floating-point columns.
#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

class NullConverter final : public Converter {
 public:
  void bind(const ArrowArrayView&) override {}
  void fill(int64_t, int64_t count, PyObject** out) override {
    for (int64_t i = 0; i < count; ++i) out[i] = new_reference(Py_None);
  }
};

class BoolConverter final : public Leaf {
 public:
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    bits_ = view.buffer_views[1].data.as_uint8;
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [bits = bits_](int64_t at) {
      return new_reference(((bits[at >> 3] >> (at & 7)) & 1) != 0 ? Py_True : Py_False);
    });
  }

 private:
  const uint8_t* bits_ = nullptr;
};

template <class T>
PyObject* new_number(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return PyFloat_FromDouble(value);
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return PyLong_FromUnsignedLongLong(value);
  } else {
    return PyLong_FromLongLong(value);
  }
}

template <class T>
class NumberConverter final : public Leaf {
 public:
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = static_cast<const T*>(view.buffer_views[1].data.data);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    if constexpr (std::is_integral_v<T> && sizeof(T) >= 4) {
      // Keys come in runs; the object before is still warm.
      PyObject* last = nullptr;
      T last_value = 0;
      each(begin, count, out, [&, values = values_](int64_t at) {
        const T value = values[at];
        if (last != nullptr && value == last_value) return new_reference(last);
        last_value = value;
        return last = new_number(value);
      });
    } else {
      each(begin, count, out,
           [values = values_](int64_t at) { return new_number(values[at]); });
    }
  }

 private:
  const T* values_ = nullptr;
};

class HalfConverter final : public Leaf {
 public:
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = view.buffer_views[1].data.as_uint16;
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [values = values_](int64_t at) {
      return PyFloat_FromDouble(widen(values[at]));
    });
  }

 private:
  // IEEE 754 binary16: subnormal, infinite and not-a-number too.
  static double widen(uint16_t half) noexcept {
    const int exponent = (half >> 10) & 31;
    const int fraction = half & 1023;
    double value;
    if (exponent == 31) {
      value = fraction == 0 ? Py_HUGE_VAL : Py_NAN;
    } else if (exponent == 0) {
      value = fraction * 0x1p-24;
    } else {
      value = (1024 + fraction) * 0x1p-25 * static_cast<double>(1 << exponent);
    }
    return (half & 0x8000) != 0 ? -value : value;
  }

  const uint16_t* values_ = nullptr;
};

// The canonical extension arrow.bool8: a byte a value, not zero is true.
class Bool8Converter final : public Leaf {
 public:
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = view.buffer_views[1].data.as_int8;
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [values = values_](int64_t at) {
      return new_reference(values[at] != 0 ? Py_True : Py_False);
    });
  }

 private:
  const int8_t* values_ = nullptr;
};

}  // namespace

ConverterPtr make_bool8(const ArrowSchemaView& type) {
  if (type.type != NANOARROW_TYPE_INT8) return nullptr;
  return std::make_unique<Bool8Converter>();
}

ConverterPtr make_number(const ArrowSchemaView& type) {
  switch (type.type) {
    case NANOARROW_TYPE_NA:
      return std::make_unique<NullConverter>();
    case NANOARROW_TYPE_BOOL:
      return std::make_unique<BoolConverter>();
    case NANOARROW_TYPE_INT8:
      return std::make_unique<NumberConverter<int8_t>>();
    case NANOARROW_TYPE_INT16:
      return std::make_unique<NumberConverter<int16_t>>();
    case NANOARROW_TYPE_INT32:
      return std::make_unique<NumberConverter<int32_t>>();
    case NANOARROW_TYPE_INT64:
      return std::make_unique<NumberConverter<int64_t>>();
    case NANOARROW_TYPE_UINT8:
      return std::make_unique<NumberConverter<uint8_t>>();
    case NANOARROW_TYPE_UINT16:
      return std::make_unique<NumberConverter<uint16_t>>();
    case NANOARROW_TYPE_UINT32:
      return std::make_unique<NumberConverter<uint32_t>>();
    case NANOARROW_TYPE_UINT64:
      return std::make_unique<NumberConverter<uint64_t>>();
    case NANOARROW_TYPE_HALF_FLOAT:
      return std::make_unique<HalfConverter>();
    case NANOARROW_TYPE_FLOAT:
      return std::make_unique<NumberConverter<float>>();
    case NANOARROW_TYPE_DOUBLE:
      return std::make_unique<NumberConverter<double>>();
    default:
      return nullptr;
  }
}

}  // namespace fletching::python
