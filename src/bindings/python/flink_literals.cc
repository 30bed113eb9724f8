// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/flink_literals.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "backend/sql_parameters.h"
#include "bindings/python/values.h"
#include "flink/literal.h"

namespace fletching::python {
namespace {

using flink::LiteralWriter;
using flink::Root;
using flink::Type;

[[noreturn]] void refuse(Code code, const std::string& what) {
  throw Error(code, "writing a value as SQL: " + what);
}

class Nesting {
 public:
  Nesting() {
    if (Py_EnterRecursiveCall(" in a value of Flink SQL") != 0) throw_python_error();
  }
  ~Nesting() { Py_LeaveRecursiveCall(); }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
};

bool is_dataclass(PyObject* value) {
  return PyType_Check(value) == 0 &&
         PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)),
                                "__dataclass_fields__") != 0;
}

bool is_counter(PyObject* value) {
  return PyDict_Check(value) && type_name_of(value) == "collections.Counter";
}

// The fields of a ROW as a tuple; nothing for what is none.
std::optional<Ref> row_of(PyObject* value) {
  if (kind_of(value) == Kind::kInterval) return std::nullopt;  // a named tuple, too
  if (PyTuple_Check(value)) return Ref(new_reference(value));
  if (!is_dataclass(value)) return std::nullopt;
  Ref fields = checked(PyObject_GetAttrString(value, "__dataclass_fields__"));
  Ref names = checked(PySequence_Tuple(fields.get()));
  Ref row = checked(PyTuple_New(PyTuple_GET_SIZE(names.get())));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names.get()); ++i) {
    PyObject* name = PyTuple_GET_ITEM(names.get(), i);
    PyTuple_SET_ITEM(row.get(), i, checked(PyObject_GetAttr(value, name)).release());
  }
  return row;
}

// Asked of the class, so that no attribute of a value can be mistaken for it.
bool has_own_literal(PyObject* value) {
  return PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)),
                                "__flink_literal__") != 0;
}

Type plain_type(Root root, int32_t precision = 0, int32_t scale = 0) {
  Type type;
  type.root = root;
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type number_type(const Exact& value) {
  const int64_t digits =
      std::ssize(value.digits) + std::max<int64_t>(value.exponent, 0);
  const int64_t scale = std::max<int64_t>(-value.exponent, 0);
  return plain_type(
      Root::kDecimal,
      static_cast<int32_t>(std::clamp<int64_t>(std::max(digits, scale), 1, 38)),
      static_cast<int32_t>(std::min<int64_t>(scale, 38)));
}

Type integer_type(PyObject* value) {
  const Integer integer = integer_of(value);
  if (!integer.small || integer.magnitude > uint64_t{INT64_MAX}) {
    return number_type(exact_of(integer));
  }
  return plain_type(integer.magnitude > uint64_t{INT32_MAX} ? Root::kBigint
                                                            : Root::kInteger);
}

Type interval_type(PyObject* value) {
  return plain_type(
      months_of(value).months != 0 ? Root::kIntervalYearMonth : Root::kIntervalDayTime,
      6);
}

Type type_of(PyObject* value);

// Of the first that is not None; nothing where there is none.
std::optional<Type> type_of_items(PyObject* items) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); ++i) {
    PyObject* item = PyTuple_GET_ITEM(items, i);
    if (item != Py_None) return type_of(item);
  }
  return std::nullopt;
}

Type known_type(PyObject* items, const char* what) {
  if (const auto type = type_of_items(items)) return *type;
  if (PyTuple_GET_SIZE(items) == 0) {
    refuse(Code::kInvalidData, std::string("an empty ") + what + " says no type");
  }
  refuse(Code::kInvalidArgument,
         std::string("a ") + what + " of None alone says no type (use a typed NULL)");
}

Ref keys_of(PyObject* dict) {
  Ref keys = checked(PyDict_Keys(dict));
  return checked(PySequence_Tuple(keys.get()));
}
Ref values_of(PyObject* dict) {
  Ref values = checked(PyDict_Values(dict));
  return checked(PySequence_Tuple(values.get()));
}

Type nested_type(PyObject* value) {
  const Nesting nesting;
  Type type;
  if (PyList_Check(value)) {
    type.root = Root::kArray;
    Ref items = checked(PySequence_Tuple(value));
    type.fields = {{"element", known_type(items.get(), "list"), ""}};
    return type;
  }
  if (PyDict_Check(value)) {
    type.root = Root::kMap;
    type.fields = {{"key", known_type(keys_of(value).get(), "dict"), ""},
                   {"value", known_type(values_of(value).get(), "dict"), ""}};
    return type;
  }
  const auto row = row_of(value);
  if (!row) refuse(Code::kInvalidArgument, "no type of " + shown(value));
  type.root = Root::kRow;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(row->get()); ++i) {
    type.fields.push_back(
        {"f" + std::to_string(i), type_of(PyTuple_GET_ITEM(row->get(), i)), ""});
  }
  return type;
}

// What a NULL beside the value is cast to.
Type type_of(PyObject* value) {
  if (has_own_literal(value)) {
    refuse(Code::kInvalidArgument, "None beside " + shown(value) +
                                       ", whose type is not known (use typed NULLs)");
  }
  if (PyList_Check(value) || PyDict_Check(value) || row_of(value)) {
    return nested_type(value);
  }
  switch (kind_of(value)) {
    case Kind::kForeign:
      return type_of(plain(value).get());
    case Kind::kBool:
      return plain_type(Root::kBoolean);
    case Kind::kInt:
      return integer_type(value);
    case Kind::kFloat:
      return plain_type(Root::kDouble);
    case Kind::kDecimal:
      return number_type(decimal_of(value));
    case Kind::kText:
    case Kind::kUuid:
      return plain_type(Root::kVarchar);
    case Kind::kBytes:
      return plain_type(Root::kVarbinary);
    case Kind::kDate:
      return plain_type(Root::kDate);
    case Kind::kTime:
      return plain_type(Root::kTime, 3);
    case Kind::kTimestamp: {
      const Moment moment = moment_of(value);
      return plain_type(moment.aware ? Root::kTimestampLtz : Root::kTimestamp,
                        moment.nanos % 1000 == 0 ? 6 : 9);
    }
    case Kind::kDuration: {
      Type type = plain_type(Root::kIntervalDayTime, 6);
      type.fractional_precision = 3;
      return type;
    }
    case Kind::kInterval: {
      Type type = interval_type(value);
      type.fractional_precision = 3;
      return type;
    }
    default:
      refuse(Code::kInvalidArgument, "no literal for " + shown(value));
  }
}

class Writer {
 public:
  Writer(std::string& out, const FlinkLiteralOptions& options)
      : out_(out), options_(options), writer_(out, options.session_zone) {}

  void value(PyObject* value) {
    const Nesting nesting;
    if (has_own_literal(value)) return own_literal(value);
    if (PyList_Check(value)) return array(value);
    if (is_counter(value)) {
      refuse(Code::kInvalidArgument, "a Counter: there is no literal for a MULTISET");
    }
    if (PyDict_Check(value)) return map(value);
    if (const auto fields = row_of(value)) return row(fields->get());
    scalar(value);
  }

 private:
  void own_literal(PyObject* value) {
    Ref text = checked(PyObject_CallMethod(value, "__flink_literal__", nullptr));
    if (!PyUnicode_Check(text.get()))
      wrong_type(text.get(), "str of __flink_literal__");
    out_ += text_of(text.get());
  }

  void scalar(PyObject* value) {
    switch (kind_of(value)) {
      case Kind::kNull:
        if (options_.bare_null) {
          out_ += "NULL";
          return;
        }
        refuse(Code::kInvalidArgument,
               "None: Flink wants to know a NULL's type (use a typed NULL)");
      case Kind::kForeign:
        return this->value(plain(value).get());
      case Kind::kBool:
        return writer_.boolean(PyObject_IsTrue(value) == 1);
      case Kind::kInt:
        return integer(integer_of(value));
      case Kind::kFloat:
        return floating(value);
      case Kind::kDecimal: {
        const Exact exact = decimal_of(value);
        return writer_.decimal(exact.negative, exact.digits, exact.exponent);
      }
      case Kind::kText:
        return writer_.text(text_of(value));
      case Kind::kBytes:
        return writer_.binary(Bytes(value).view());
      case Kind::kUuid: {
        Ref text = checked(PyObject_Str(value));
        return writer_.text(text_of(text.get()));
      }
      default:
        return temporal(value);
    }
  }

  void temporal(PyObject* value) {
    switch (kind_of(value)) {
      case Kind::kDate:
        return writer_.date(days_of_date(value));
      case Kind::kTime:
        return writer_.time(time_of(value).nanos);
      case Kind::kTimestamp: {
        const Moment moment = moment_of(value);
        return moment.aware ? writer_.instant(moment.seconds, moment.nanos)
                            : writer_.timestamp(moment.seconds, moment.nanos);
      }
      case Kind::kDuration: {
        const Span span = span_of(value);
        return writer_.day_time(span.seconds, span.nanos);
      }
      case Kind::kInterval:
        return interval(months_of(value), value);
      default:
        refuse(Code::kInvalidArgument, "no literal for " + shown(value));
    }
  }

  void integer(const Integer& value) {
    writer_.integer(value.negative,
                    value.small ? std::to_string(value.magnitude) : value.digits);
  }

  void floating(PyObject* value) {
    const double number = PyFloat_AsDouble(value);
    if (number == -1 && PyErr_Occurred() != nullptr) throw_python_error();
    writer_.floating(number);
  }

  void interval(const Months& months, PyObject* value) {
    if (months.months != 0 && (months.days != 0 || months.nanos != 0)) {
      refuse(Code::kNotImplemented,
             shown(value) + ": Flink has no interval of months and days together");
    }
    if (months.months != 0) return writer_.year_month(months.months);
    constexpr int64_t kSecond = 1'000'000'000;
    int64_t seconds = months.nanos / kSecond;
    int64_t nanos = months.nanos % kSecond;
    if (nanos < 0) {
      nanos += kSecond;
      --seconds;
    }
    writer_.day_time(int64_t{months.days} * 86400 + seconds,
                     static_cast<int32_t>(nanos));
  }

  // One of several; None is a NULL of their type.
  void item(PyObject* value, std::optional<Type>& type, PyObject* items,
            const char* what) {
    if (value != Py_None) return this->value(value);
    if (!type) type = known_type(items, what);
    writer_.null(*type);
  }

  void array(PyObject* value) {
    Ref items = checked(PySequence_Tuple(value));
    const Py_ssize_t count = PyTuple_GET_SIZE(items.get());
    std::optional<Type> type;
    if (count == 0) type = known_type(items.get(), "list");  // refuses
    out_ += "ARRAY[";
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (i != 0) out_ += ", ";
      item(PyTuple_GET_ITEM(items.get(), i), type, items.get(), "list");
    }
    out_ += "]";
  }

  void map(PyObject* value) {
    Ref keys = keys_of(value);
    Ref values = values_of(value);
    const Py_ssize_t count = PyTuple_GET_SIZE(keys.get());
    std::optional<Type> key_type;
    std::optional<Type> value_type;
    if (count == 0) key_type = known_type(keys.get(), "dict");  // refuses
    out_ += "MAP[";
    for (Py_ssize_t i = 0; i < count && i < PyTuple_GET_SIZE(values.get()); ++i) {
      if (i != 0) out_ += ", ";
      item(PyTuple_GET_ITEM(keys.get(), i), key_type, keys.get(), "dict");
      out_ += ", ";
      item(PyTuple_GET_ITEM(values.get(), i), value_type, values.get(), "dict");
    }
    out_ += "]";
  }

  void row(PyObject* fields) {
    if (PyTuple_GET_SIZE(fields) == 0) {
      refuse(Code::kInvalidArgument, "an empty tuple: Flink has no ROW without fields");
    }
    out_ += "ROW(";
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); ++i) {
      if (i != 0) out_ += ", ";
      value(PyTuple_GET_ITEM(fields, i));
    }
    out_ += ")";
  }

  std::string& out_;
  const FlinkLiteralOptions& options_;
  LiteralWriter writer_;
};

// Placeholders and what is given for them.
class Interpolation {
 public:
  Interpolation(const std::string& sql, PyObject* parameters,
                const FlinkLiteralOptions& options)
      : sql_(sql), parameters_(parameters), options_(options) {}

  std::string text() {
    const bool by_name =
        PyDict_Check(parameters_) ||
        (PyTuple_Check(parameters_) == 0 && PyList_Check(parameters_) == 0 &&
         PyObject_HasAttrString(parameters_, "keys") != 0);
    const SqlDialect& dialect = *find_dialect("flink");
    const auto style = detect_parameter_style(sql_, by_name, dialect);
    const ParameterStyle used =
        style.value_or(by_name ? ParameterStyle::kPyformat : ParameterStyle::kFormat);
    found_ = find_parameters(sql_, used, dialect);
    if (by_name) {
      take_named();
    } else {
      take_positional();
    }
    return found_.has_parameters() ? fill_parameters(sql_, found_, literals_) : sql_;
  }

 private:
  void take_named() {
    Ref names = checked(PyMapping_Keys(parameters_));
    std::vector<std::string_view> given;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names.get()); ++i) {
      PyObject* name = PyList_GET_ITEM(names.get(), i);
      if (!PyUnicode_Check(name)) wrong_type(name, "str names of parameters");
      given.push_back(text_of(name));
    }
    for (const size_t at : match_names(found_, given)) {
      PyObject* name = PyList_GET_ITEM(names.get(), static_cast<Py_ssize_t>(at));
      Ref value = checked(PyObject_GetItem(parameters_, name));
      write(value.get(), "parameter " + std::string(given[at]));
    }
  }
  void take_positional() {
    if (PyUnicode_Check(parameters_) || PySequence_Check(parameters_) == 0) {
      wrong_type(parameters_, "a list, tuple or mapping of parameters");
    }
    Ref values = checked(PySequence_Tuple(parameters_));
    const Py_ssize_t count = PyTuple_GET_SIZE(values.get());
    for (const size_t at : match_positions(found_, static_cast<size_t>(count))) {
      write(PyTuple_GET_ITEM(values.get(), static_cast<Py_ssize_t>(at)),
            "parameter " + std::to_string(at + 1));
    }
  }

  void write(PyObject* value, const std::string& label) {
    std::string& literal = literals_.emplace_back();
    try {
      Writer(literal, options_).value(value);
    } catch (const Error& error) {
      throw error.with_context(label);
    } catch (const Misfit& misfit) {
      throw Error(misfit.code, label + ": writing a value as SQL: " + misfit.why);
    }
  }

  const std::string& sql_;
  PyObject* parameters_;
  const FlinkLiteralOptions& options_;
  SqlTemplate found_;
  std::vector<std::string> literals_;  // one for each of found_'s values
};

}  // namespace

std::string flink_literal(PyObject* value, const FlinkLiteralOptions& options) {
  std::string literal;
  try {
    Writer(literal, options).value(value);
  } catch (const Misfit& misfit) {
    refuse(misfit.code, misfit.why);
  }
  return literal;
}

std::string flink_interpolate(const std::string& sql, PyObject* parameters,
                              const FlinkLiteralOptions& options) {
  if (parameters == Py_None) return sql;
  try {
    return Interpolation(sql, parameters, options).text();
  } catch (const Misfit& misfit) {
    throw Error(misfit.code, "binding parameters: " + misfit.why, "07001");
  }
}

}  // namespace fletching::python
