// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/values.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "bindings/python/temporal_types.h"

namespace fletching::python {
namespace {

// A class of a module that is imported already: without it there are no objects of it.
class LateClass {
 public:
  constexpr LateClass(const char* module, const char* name)
      : module_(module), name_(name) {}

  [[nodiscard]] PyTypeObject* get() {
    if (type_ != nullptr) return type_;
    PyObject* modules = PyImport_GetModuleDict();
    PyObject* module = PyDict_GetItemString(modules, module_);
    if (module == nullptr) return nullptr;
    Ref found = checked(PyObject_GetAttrString(module, name_));
    if (!PyType_Check(found.get())) return nullptr;
    type_ = reinterpret_cast<PyTypeObject*>(found.release());  // for ever
    return type_;
  }
  [[nodiscard]] bool is(PyTypeObject* type) {
    PyTypeObject* mine = get();
    return mine != nullptr && PyType_IsSubtype(type, mine) != 0;
  }

 private:
  const char* module_;
  const char* name_;
  PyTypeObject* type_ = nullptr;
};

LateClass g_decimal("decimal", "Decimal");
LateClass g_uuid("uuid", "UUID");
LateClass g_interval("fletching._temporal", "Interval");

// pandas.NA or NaT. Classes that are made at run time have no module in their names.
bool is_missing(PyObject* value) {
  const std::string_view name = Py_TYPE(value)->tp_name;
  if (!name.ends_with("NAType") && !name.ends_with("NaTType")) return false;
  return type_name_of(value).starts_with("pandas.");
}

std::string dtype_of(PyObject* value) {
  Ref dtype = checked(PyObject_GetAttrString(value, "dtype"));
  Ref text = checked(PyObject_Str(dtype.get()));
  return std::string(text_of(text.get()));
}

int64_t as_int64(PyObject* number) {
  Ref cast = checked(PyObject_CallMethod(number, "astype", "s", "int64"));
  Ref item = checked(PyObject_CallMethod(cast.get(), "item", nullptr));
  const long long value = PyLong_AsLongLong(item.get());
  if (value == -1 && PyErr_Occurred() != nullptr) throw_python_error();
  return value;
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// How many of a numpy unit make a second, or seconds make one.
struct Unit {
  std::string_view name;
  int64_t per_second;  // or 0
  int64_t seconds;
};
constexpr std::array<Unit, 8> kUnits = {{{"W", 0, 604800},
                                         {"D", 0, 86400},
                                         {"h", 0, 3600},
                                         {"m", 0, 60},
                                         {"s", 1, 1},
                                         {"ms", 1000, 0},
                                         {"us", 1000000, 0},
                                         {"ns", 1000000000, 0}}};

const Unit& unit_of(PyObject* value, const std::string& dtype) {
  const size_t open = dtype.find('[');
  const std::string_view name =
      open == std::string::npos
          ? std::string_view()
          : std::string_view(dtype).substr(open + 1, dtype.size() - open - 2);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit;
  }
  wrong_type(value, "a numpy unit from weeks to nanoseconds");
}

struct Split {
  int64_t seconds;
  int nanos;
};
Split split(int64_t count, const Unit& unit) {
  if (unit.per_second == 0) {
    int64_t seconds = 0;
    if (__builtin_mul_overflow(count, unit.seconds, &seconds)) {
      misfit("it is outside of the range of dates");
    }
    return {seconds, 0};
  }
  const int64_t seconds = floor_div(count, unit.per_second);
  const int64_t rest = count - seconds * unit.per_second;
  return {seconds, static_cast<int>(rest * (1000000000 / unit.per_second))};
}

Ref plain_datetime64(PyObject* value) {
  const int64_t count = as_int64(value);
  if (count == INT64_MIN) return Ref(new_reference(Py_None));
  const std::string dtype = dtype_of(value);
  const Unit& unit = unit_of(value, dtype);
  const Split at = split(count, unit);
  const int64_t days = floor_div(at.seconds, kDaySeconds);
  if (!in_calendar(days)) misfit("it is outside of the years 1 to 9999");
  import_datetime();
  const Civil civil = civil_from_days(days);
  if (unit.name == "D" || unit.name == "W") return checked(new_date(civil));
  static const auto& timestamp = *new NanosecondClass("Timestamp");  // immortal
  const bool fine = unit.name == "ns";
  return checked(
      new_datetime(civil, clock_of(at.seconds - days * kDaySeconds, at.nanos / 1000),
                   Py_None, 0, fine ? &timestamp : nullptr, at.nanos % 1000));
}

Ref plain_timedelta64(PyObject* value) {
  const int64_t count = as_int64(value);
  if (count == INT64_MIN) return Ref(new_reference(Py_None));
  const std::string dtype = dtype_of(value);
  const Split span = split(count, unit_of(value, dtype));
  const int64_t days = floor_div(span.seconds, kDaySeconds);
  if (days < -999999999 || days > 999999999) misfit("it is too long for a timedelta");
  import_datetime();
  static const auto& duration = *new NanosecondClass("Duration");  // immortal
  const bool fine = span.nanos % 1000 != 0;
  return checked(
      new_timedelta(days, static_cast<int>(span.seconds - days * kDaySeconds),
                    span.nanos / 1000, fine ? &duration : nullptr, span.nanos % 1000));
}

}  // namespace

std::string_view kind_name(Kind kind) noexcept {
  constexpr std::array<std::string_view, 17> kNames = {
      "None",  "bool", "int",      "float",   "Decimal",   "str",
      "bytes", "date", "datetime", "time",    "timedelta", "Interval",
      "UUID",  "list", "dict",     "foreign", "unknown"};
  return kNames[static_cast<size_t>(kind)];
}

Kind kind_of(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  if (value == Py_None) return Kind::kNull;
  if (type == &PyBool_Type) return Kind::kBool;
  const unsigned long flags = PyType_GetFlags(type);
  if ((flags & Py_TPFLAGS_LONG_SUBCLASS) != 0) return Kind::kInt;
  if ((flags & Py_TPFLAGS_UNICODE_SUBCLASS) != 0) return Kind::kText;
  if (PyFloat_Check(value)) return Kind::kFloat;
  if ((flags & Py_TPFLAGS_BYTES_SUBCLASS) != 0 || PyByteArray_Check(value) ||
      PyMemoryView_Check(value)) {
    return Kind::kBytes;
  }
  if (is_missing(value)) return Kind::kForeign;  // NaT is a datetime, too
  if (const Kind kind = temporal_kind(type); kind != Kind::kUnknown) return kind;
  if (g_interval.is(type)) return Kind::kInterval;
  if ((flags & (Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS)) != 0) {
    return Kind::kList;
  }
  if ((flags & Py_TPFLAGS_DICT_SUBCLASS) != 0) return Kind::kStruct;
  if (g_decimal.is(type)) return Kind::kDecimal;
  if (g_uuid.is(type)) return Kind::kUuid;
  const bool foreign = std::string_view(type->tp_name).starts_with("numpy.");
  return foreign ? Kind::kForeign : Kind::kUnknown;
}

Ref plain(PyObject* value) {
  if (kind_of(value) != Kind::kForeign) return Ref(new_reference(value));
  const std::string_view name = Py_TYPE(value)->tp_name;
  if (is_missing(value)) return Ref(new_reference(Py_None));
  if (name == "numpy.datetime64") return plain_datetime64(value);
  if (name == "numpy.timedelta64") return plain_timedelta64(value);
  if (name == "numpy.ndarray") {
    Ref items(PySequence_List(value));
    if (items) return items;
    PyErr_Clear();  // an array of no dimension
    wrong_type(value, "an array of one dimension or more");
  }
  if (name != "numpy.void" && PyObject_HasAttrString(value, "item") != 0) {
    Ref item = checked(PyObject_CallMethod(value, "item", nullptr));
    const Kind kind = kind_of(item.get());
    if (kind != Kind::kForeign && kind != Kind::kUnknown) return item;
  }
  wrong_type(value, nullptr);
}

void misfit(std::string why) { throw Misfit{Code::kInvalidData, std::move(why)}; }

void wrong_type(PyObject* value, const char* wanted) {
  const std::string name = type_name_of(value);
  std::string why;
  if (wanted != nullptr) {
    why = std::string("needs ") + wanted + ", not " + shown(value);
  } else if (PyObject_HasAttrString(value, "value") != 0 &&
             PyObject_HasAttrString(value, "name") != 0) {
    why = "cannot bind " + name + " (bind its .value or its .name)";
  } else {
    why = "cannot bind an object of type " + name +
          " (convert it to one of Python's own types first)";
  }
  throw Misfit{Code::kInvalidArgument, why};
}

std::string type_name_of(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  std::string name = type->tp_name;
  if (name.find('.') != std::string::npos) return name;
  Ref module(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__module__"));
  if (!module || !PyUnicode_Check(module.get())) {
    PyErr_Clear();
    return name;
  }
  const char* text = PyUnicode_AsUTF8(module.get());
  if (text == nullptr) {
    PyErr_Clear();
    return name;
  }
  return std::strcmp(text, "builtins") == 0 ? name : std::string(text) + "." + name;
}

std::string shown(PyObject* value) {
  const std::string name = type_name_of(value);
  const Kind kind = kind_of(value);
  const bool has_length = kind == Kind::kText || kind == Kind::kBytes;
  constexpr Py_ssize_t kLong = 200;  // whose text would be long too
  const bool brief = kind <= Kind::kDuration && kind != Kind::kNull &&
                     (!has_length || PyObject_Length(value) <= kLong);
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  if (!brief) return name;
  Ref text(PyObject_Repr(value));
  const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  if (utf8 == nullptr) {
    PyErr_Clear();
    return name;
  }
  std::string out(utf8);
  constexpr size_t kMost = 40;
  if (out.size() > kMost) {
    size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out = out.substr(0, end) + "...";
  }
  return name + " " + out;
}

Integer integer_of(PyObject* value) {
  Integer out;
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (small == -1 && PyErr_Occurred() != nullptr) throw_python_error();
  if (overflow == 0) {
    out.small = true;
    out.negative = small < 0;
    out.magnitude =
        small < 0 ? 0 - static_cast<uint64_t>(small) : static_cast<uint64_t>(small);
    return out;
  }
  out.negative = overflow < 0;
  if (!out.negative) {
    const unsigned long long big = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred() == nullptr) {
      out.small = true;
      out.magnitude = big;
      return out;
    }
    PyErr_Clear();
  }
  Ref bits = checked(PyObject_CallMethod(value, "bit_length", nullptr));
  constexpr long kMostBits = 256;  // 77 digits
  if (PyLong_AsLong(bits.get()) > kMostBits) {
    PyErr_Clear();
    misfit("int has more than 76 digits");
  }
  Ref text = checked(PyLong_Type.tp_repr(value));  // whatever a subclass shows
  const std::string_view digits = text_of(text.get());
  out.digits = digits.substr(out.negative ? 1 : 0);
  return out;
}

Exact exact_of(const Integer& value) {
  Exact out;
  out.negative = value.negative;
  out.digits = value.small ? std::to_string(value.magnitude) : value.digits;
  if (out.digits == "0") out.digits.clear();
  return out;
}

Exact decimal_of(PyObject* value) {
  Ref text = checked(g_decimal.get()->tp_str(value));
  std::string_view left = text_of(text.get());
  Exact out;
  if (left.starts_with('-')) {
    out.negative = true;
    left.remove_prefix(1);
  }
  if (left.empty() || left[0] < '0' || left[0] > '9') {
    misfit(shown(value) + " has no value");
  }
  const size_t mark = left.find('E');
  if (mark != std::string_view::npos) {
    out.exponent =
        std::strtoll(std::string(left.substr(mark + 1)).c_str(), nullptr, 10);
    left = left.substr(0, mark);
  }
  const size_t point = left.find('.');
  out.digits = left.substr(0, point);
  if (point != std::string_view::npos) {
    out.digits += left.substr(point + 1);
    out.exponent -= static_cast<int64_t>(left.size() - point - 1);
  }
  out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
  return out;
}

std::string_view text_of(PyObject* value) {
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(value, &size);
  if (utf8 == nullptr) {
    if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError) == 0) throw_python_error();
    PyErr_Clear();
    misfit("str has half of a surrogate pair, which is no character");
  }
  return {utf8, static_cast<size_t>(size)};
}

Bytes::Bytes(PyObject* value) {
  if (PyObject_GetBuffer(value, &buffer_, PyBUF_CONTIG_RO) != 0) throw_python_error();
}
Bytes::~Bytes() { PyBuffer_Release(&buffer_); }

std::string uuid_bytes(PyObject* value) {
  Ref bytes = checked(PyObject_GetAttrString(value, "bytes"));
  if (!PyBytes_Check(bytes.get()) || PyBytes_GET_SIZE(bytes.get()) != 16) {
    misfit("UUID whose bytes are not 16");
  }
  return {PyBytes_AS_STRING(bytes.get()), 16};
}

}  // namespace fletching::python
