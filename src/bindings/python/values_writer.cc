// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/values_writer.h"

#include <cerrno>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace fletching::python {
namespace {

class NullWriter final : public ValueWriter {
 protected:
  void write(ArrowArray*, PyObject* value, Kind) override { wrong_type(value, "None"); }
};

class BoolWriter final : public ValueWriter {
 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kBool) wrong_type(value, "a bool");
    check_append(ArrowArrayAppendInt(out, value == Py_True ? 1 : 0));
  }
};

// A whole number, from any kind of number; Misfit where there is a fraction.
Exact number_of(PyObject* value, Kind kind) {
  if (kind == Kind::kInt) return exact_of(integer_of(value));
  if (kind == Kind::kDecimal) return decimal_of(value);
  if (kind != Kind::kFloat) wrong_type(value, "a number");
  const double number = PyFloat_AS_DOUBLE(value);
  if (!std::isfinite(number)) misfit(shown(value) + " is no number");
  // Decimal.from_float is exact: every float has finitely many digits.
  Ref module = checked(PyImport_ImportModule("decimal"));
  Ref made = checked(PyObject_CallMethod(module.get(), "Decimal", "d", number));
  return decimal_of(made.get());
}

void drop_trailing_zeros(Exact& number) {
  while (!number.digits.empty() && number.exponent < 0 && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  if (number.digits.empty()) number.exponent = 0;
}

class IntWriter final : public ValueWriter {
 public:
  IntWriter(bool has_sign, int bits) : has_sign_(has_sign), bits_(bits) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    uint64_t magnitude = 0;
    bool negative = false;
    if (kind == Kind::kInt) {
      const Integer number = integer_of(value);
      if (!number.small) too_large(value);
      magnitude = number.magnitude;
      negative = number.negative;
    } else {
      Exact number = number_of(value, kind);
      drop_trailing_zeros(number);
      if (number.exponent < 0) misfit(shown(value) + " is not whole");
      if (number.exponent + std::ssize(number.digits) > 20) too_large(value);
      number.digits.append(static_cast<size_t>(number.exponent), '0');
      for (const char c : number.digits) {
        if (__builtin_mul_overflow(magnitude, uint64_t{10}, &magnitude) ||
            __builtin_add_overflow(magnitude, static_cast<uint64_t>(c - '0'),
                                   &magnitude)) {
          too_large(value);
        }
      }
      negative = number.negative && magnitude != 0;
    }
    const int room = has_sign_ ? bits_ - 1 : bits_;
    const uint64_t most = room == 64 ? UINT64_MAX : (uint64_t{1} << room) - 1;
    if (negative ? !has_sign_ || magnitude > most + 1 : magnitude > most) {
      too_large(value);
    }
    check_append(
        has_sign_ ? ArrowArrayAppendInt(
                        out, static_cast<int64_t>(negative ? 0 - magnitude : magnitude))
                  : ArrowArrayAppendUInt(out, magnitude));
  }

 private:
  [[noreturn]] void too_large(PyObject* value) const {
    misfit(shown(value) + " does not fit into " + std::to_string(bits_) + " bits" +
           (has_sign_ ? "" : " without sign"));
  }
  bool has_sign_;
  int bits_;
};

class FloatWriter final : public ValueWriter {
 public:
  explicit FloatWriter(double most) : most_(most) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    double number = 0;
    if (kind == Kind::kFloat) {
      number = PyFloat_AS_DOUBLE(value);
    } else if (kind == Kind::kInt || kind == Kind::kDecimal) {
      number = PyFloat_AsDouble(value);
      if (number == -1.0 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        misfit(shown(value) + " is too large for a float");
      }
      Ref back = checked(PyFloat_FromDouble(number));
      // Python compares exactly, whatever the types.
      const int same = PyObject_RichCompareBool(back.get(), value, Py_EQ);
      if (same < 0) throw_python_error();
      if (same == 0) misfit("no float has the value of " + shown(value));
    } else {
      wrong_type(value, "a number");
    }
    if (std::isfinite(number) && std::abs(number) > most_) {
      misfit(shown(value) + " is too large for this type of float");
    }
    check_append(ArrowArrayAppendDouble(out, number));
  }

 private:
  double most_;
};

class DecimalWriter final : public ValueWriter {
 public:
  explicit DecimalWriter(const ArrowSchemaView& type)
      : bits_(type.decimal_bitwidth),
        precision_(type.decimal_precision),
        scale_(type.decimal_scale) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    Exact number = number_of(value, kind);
    drop_trailing_zeros(number);
    const int64_t zeros = number.exponent + scale_;
    if (zeros < 0) {
      misfit(shown(value) + " has more than " + std::to_string(scale_) +
             " digits after the point");
    }
    if (!number.digits.empty() && std::ssize(number.digits) + zeros > precision_) {
      misfit(shown(value) + " does not fit into decimal(" + std::to_string(precision_) +
             ", " + std::to_string(scale_) + ")");
    }
    std::string digits = number.negative && !number.digits.empty() ? "-" : "";
    digits += number.digits.empty() ? "0" : number.digits;
    if (!number.digits.empty()) digits.append(static_cast<size_t>(zeros), '0');
    ArrowDecimal decimal;
    ArrowDecimalInit(&decimal, bits_, precision_, scale_);
    check_append(ArrowDecimalSetDigits(
        &decimal, {digits.data(), static_cast<int64_t>(digits.size())}));
    check_append(ArrowArrayAppendDecimal(out, &decimal));
  }

 private:
  int32_t bits_;
  int32_t precision_, scale_;
};

class TextWriter final : public ValueWriter {
 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind == Kind::kUuid) {
      Ref text = checked(PyObject_Str(value));
      return put(out, text_of(text.get()));
    }
    if (kind != Kind::kText) wrong_type(value, "a str");
    put(out, text_of(value));
  }

 private:
  static void put(ArrowArray* out, std::string_view text) {
    check_append(
        ArrowArrayAppendString(out, {text.data(), static_cast<int64_t>(text.size())}));
  }
};

class BytesWriter final : public ValueWriter {
 public:
  explicit BytesWriter(int64_t width) : width_(width) {}  // 0: any

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind == Kind::kUuid && (width_ == 0 || width_ == 16)) {
      return put(out, uuid_bytes(value));
    }
    if (kind != Kind::kBytes) wrong_type(value, "a bytes-like object");
    const Bytes bytes(value);
    if (width_ != 0 && std::ssize(bytes.view()) != width_) {
      misfit(type_name_of(value) + " of " + std::to_string(bytes.view().size()) +
             " bytes where " + std::to_string(width_) + " are needed");
    }
    put(out, bytes.view());
  }

 private:
  static void put(ArrowArray* out, std::string_view bytes) {
    ArrowBufferView view;
    view.data.data = bytes.data();
    view.size_bytes = static_cast<int64_t>(bytes.size());
    check_append(ArrowArrayAppendBytes(out, view));
  }
  int64_t width_;
};

class ListWriter final : public ValueWriter {
 public:
  ListWriter(std::unique_ptr<ValueWriter> item, int64_t size)
      : item_(std::move(item)), size_(size) {}  // -1: any

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kList) wrong_type(value, "a list or tuple");
    Ref items = checked(PySequence_Tuple(value));
    const Py_ssize_t count = PyTuple_GET_SIZE(items.get());
    if (size_ >= 0 && count != size_) {
      misfit("list of " + std::to_string(count) + " items where " +
             std::to_string(size_) + " are needed");
    }
    for (Py_ssize_t i = 0; i < count; ++i) {
      item_->append(out->children[0], PyTuple_GET_ITEM(items.get(), i));
    }
    check_append(ArrowArrayFinishElement(out));
  }

 private:
  std::unique_ptr<ValueWriter> item_;
  int64_t size_;
};

class StructWriter final : public ValueWriter {
 public:
  struct Field {
    std::string name;
    std::unique_ptr<ValueWriter> writer;
  };
  explicit StructWriter(std::vector<Field> fields) : fields_(std::move(fields)) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kStruct) wrong_type(value, "a dict");
    Ref copy = checked(PyDict_Copy(value));
    Py_ssize_t used = 0;
    for (size_t i = 0; i < fields_.size(); ++i) {
      Ref key = checked(PyUnicode_FromStringAndSize(
          fields_[i].name.data(), static_cast<Py_ssize_t>(fields_[i].name.size())));
      PyObject* item = PyDict_GetItemWithError(copy.get(), key.get());
      if (item == nullptr && PyErr_Occurred() != nullptr) throw_python_error();
      if (item != nullptr) ++used;
      fields_[i].writer->append(out->children[i], item == nullptr ? Py_None : item);
    }
    if (used != PyDict_GET_SIZE(copy.get())) {
      misfit("dict has keys that are no fields of the parameter's type");
    }
    check_append(ArrowArrayFinishElement(out));
  }

 private:
  std::vector<Field> fields_;
};

class MapWriter final : public ValueWriter {
 public:
  MapWriter(std::unique_ptr<ValueWriter> key, std::unique_ptr<ValueWriter> item)
      : key_(std::move(key)), item_(std::move(item)) {}

 protected:
  void write(ArrowArray* out, PyObject* value, Kind kind) override {
    if (kind != Kind::kStruct && kind != Kind::kList) wrong_type(value, "a dict");
    Ref pairs =
        checked(kind == Kind::kStruct ? PyDict_Items(value) : PySequence_List(value));
    ArrowArray* entries = out->children[0];
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs.get()); ++i) {
      PyObject* pair = PyList_GET_ITEM(pairs.get(), i);
      if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        wrong_type(pair, "pairs (key, value)");
      }
      if (PyTuple_GET_ITEM(pair, 0) == Py_None) misfit("a key of a map is None");
      key_->append(entries->children[0], PyTuple_GET_ITEM(pair, 0));
      item_->append(entries->children[1], PyTuple_GET_ITEM(pair, 1));
      check_append(ArrowArrayFinishElement(entries));
    }
    check_append(ArrowArrayFinishElement(out));
  }

 private:
  std::unique_ptr<ValueWriter> key_, item_;
};

std::unique_ptr<ValueWriter> make_struct(const ArrowSchema& type) {
  std::vector<StructWriter::Field> fields;
  for (int64_t i = 0; i < type.n_children; ++i) {
    const ArrowSchema& child = *type.children[i];
    auto writer = make_writer(child);
    if (writer == nullptr) return nullptr;
    fields.push_back({child.name == nullptr ? "" : child.name, std::move(writer)});
  }
  return std::make_unique<StructWriter>(std::move(fields));
}

std::unique_ptr<ValueWriter> make_map(const ArrowSchema& type) {
  const ArrowSchema& entries = *type.children[0];
  auto key = make_writer(*entries.children[0]);
  auto item = make_writer(*entries.children[1]);
  if (key == nullptr || item == nullptr) return nullptr;
  return std::make_unique<MapWriter>(std::move(key), std::move(item));
}

std::unique_ptr<ValueWriter> make_list(const ArrowSchema& type, int64_t size) {
  auto item = make_writer(*type.children[0]);
  if (item == nullptr) return nullptr;
  return std::make_unique<ListWriter>(std::move(item), size);
}

}  // namespace

void check_append(int code) {
  if (code == NANOARROW_OK) return;
  if (code == ENOMEM) throw std::bad_alloc();
  misfit(code == EOVERFLOW ? "the values of this parameter are longer than 2 GiB"
                           : "the value cannot be written to its type");
}

void ValueWriter::append(ArrowArray* out, PyObject* value) {
  const Kind kind = kind_of(value);
  if (kind == Kind::kNull) return check_append(ArrowArrayAppendNull(out, 1));
  if (kind == Kind::kForeign) return append(out, plain(value).get());
  if (kind == Kind::kUnknown) wrong_type(value, nullptr);
  write(out, value, kind);
}

std::unique_ptr<ValueWriter> make_writer(const ArrowSchema& type) {
  ArrowSchemaView view{};
  if (type.dictionary != nullptr ||
      ArrowSchemaViewInit(&view, &type, nullptr) != NANOARROW_OK) {
    return nullptr;
  }
  switch (view.type) {
    case NANOARROW_TYPE_NA:
      return std::make_unique<NullWriter>();
    case NANOARROW_TYPE_BOOL:
      return std::make_unique<BoolWriter>();
    case NANOARROW_TYPE_INT8:
      return std::make_unique<IntWriter>(true, 8);
    case NANOARROW_TYPE_INT16:
      return std::make_unique<IntWriter>(true, 16);
    case NANOARROW_TYPE_INT32:
      return std::make_unique<IntWriter>(true, 32);
    case NANOARROW_TYPE_INT64:
      return std::make_unique<IntWriter>(true, 64);
    case NANOARROW_TYPE_UINT8:
      return std::make_unique<IntWriter>(false, 8);
    case NANOARROW_TYPE_UINT16:
      return std::make_unique<IntWriter>(false, 16);
    case NANOARROW_TYPE_UINT32:
      return std::make_unique<IntWriter>(false, 32);
    case NANOARROW_TYPE_UINT64:
      return std::make_unique<IntWriter>(false, 64);
    case NANOARROW_TYPE_HALF_FLOAT:
      return std::make_unique<FloatWriter>(65504.0);
    case NANOARROW_TYPE_FLOAT:
      return std::make_unique<FloatWriter>(std::numeric_limits<float>::max());
    case NANOARROW_TYPE_DOUBLE:
      return std::make_unique<FloatWriter>(std::numeric_limits<double>::max());
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return std::make_unique<DecimalWriter>(view);
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return std::make_unique<TextWriter>();
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
      return std::make_unique<BytesWriter>(0);
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return std::make_unique<BytesWriter>(view.fixed_size);
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
      return make_list(type, -1);
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return make_list(type, view.fixed_size);
    case NANOARROW_TYPE_STRUCT:
      return make_struct(type);
    case NANOARROW_TYPE_MAP:
      return make_map(type);
    default:
      return make_time_writer(view);
  }
}

}  // namespace fletching::python
