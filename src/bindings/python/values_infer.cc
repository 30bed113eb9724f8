// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/values_infer.h"

#include <algorithm>
#include <cmath>

namespace fletching::python {
namespace {

constexpr int64_t kMostDigits = 76;
constexpr int64_t kNanoSeconds = INT64_MAX / 1000000000 - 1;  // that nanoseconds reach

void check(int code) {
  if (code != NANOARROW_OK) throw std::bad_alloc();
}

bool has_double(const Integer& value) {
  if (!value.small) return false;
  const auto as_double = static_cast<double>(value.magnitude);
  return as_double < 18446744073709551616.0 &&
         static_cast<uint64_t>(as_double) == value.magnitude;
}

void check_digits(int64_t whole, int64_t scale) {
  if (whole + scale <= kMostDigits) return;
  misfit("values with " + std::to_string(whole) + " digits before the point and " +
         std::to_string(scale) + " after it need more than 76");
}

// The items of a list or tuple, held.
Ref items_of(PyObject* value) { return checked(PySequence_Tuple(value)); }

}  // namespace

void Needs::add(PyObject* value) {
  const Kind kind = kind_of(value);
  switch (kind) {
    case Kind::kNull:
      return;
    case Kind::kForeign:
      return add(plain(value).get());
    case Kind::kUnknown:
      wrong_type(value, nullptr);
    default:
      join(kind, value);
  }
  switch (kind) {
    case Kind::kInt:
      return add_integer(integer_of(value), value);
    case Kind::kDecimal:
      return add_decimal(decimal_of(value));
    case Kind::kTimestamp:
      return add_moment(value);
    case Kind::kTime:
      nanos_ = nanos_ || time_of(value).nanos % 1000 != 0;
      return;
    case Kind::kDuration: {
      const Span span = span_of(value);
      nanos_ = nanos_ || span.nanos % 1000 != 0;
      outside_ = outside_ || std::abs(span.seconds) > kNanoSeconds;
      return;
    }
    case Kind::kList:
      return add_list(value);
    case Kind::kStruct:
      return add_struct(value);
    default:
      return;
  }
}

void Needs::join(Kind kind, PyObject* value) {
  if (kind_ == Kind::kNull || kind_ == kind) {
    kind_ = kind;
    return;
  }
  const auto are = [&](Kind a, Kind b) {
    return (kind_ == a && kind == b) || (kind_ == b && kind == a);
  };
  if (are(Kind::kInt, Kind::kDecimal)) {
    kind_ = Kind::kDecimal;
  } else if (are(Kind::kInt, Kind::kFloat)) {
    kind_ = Kind::kFloat;
    if (!no_double_.empty()) {
      misfit(no_double_ + " stands among floats, and no float has its value");
    }
  } else {
    throw Misfit{Code::kInvalidArgument,
                 shown(value) + " stands among values of type " +
                     std::string(kind_name(kind_)) + " (one type a parameter)"};
  }
}

void Needs::add_integer(const Integer& value, PyObject* shown_as) {
  if (value.small) {
    largest_ = std::max(largest_, value.magnitude);
  } else {
    add_decimal(exact_of(value));
  }
  negative_ = negative_ || value.negative;
  const uint64_t most = uint64_t{INT64_MAX} + (value.negative ? 1 : 0);
  if (!value.small) {
    huge_ = true;
  } else if (value.magnitude > most) {
    wide_ = true;
    huge_ = huge_ || value.negative;
  }
  if (has_double(value)) return;
  no_double_ = shown(shown_as);
  if (kind_ == Kind::kFloat) {
    misfit(no_double_ + " stands among floats, and no float has its value");
  }
}

void Needs::add_decimal(const Exact& value) {
  const int64_t digits = std::ssize(value.digits);
  if (digits > 0) whole_ = std::max(whole_, digits + value.exponent);
  // A scale of its own, even if zero: 0.00.
  scale_ = std::max(scale_, -value.exponent);
  check_digits(std::max<int64_t>(whole_, 0), scale_);
}

void Needs::add_moment(PyObject* value) {
  const Moment moment = moment_of(value);
  nanos_ = nanos_ || moment.nanos % 1000 != 0;
  outside_ = outside_ || std::abs(moment.seconds) > kNanoSeconds;
  if (zoned_ && aware_ != moment.aware) {
    throw Misfit{Code::kInvalidArgument,
                 "datetimes with and without a time zone are mixed"};
  }
  if (moment.aware) {
    const std::string zone = zone_name(value);
    if (!zoned_) zone_ = zone;
    if (zone_ != zone) zone_ = "UTC";
  }
  aware_ = moment.aware;
  zoned_ = true;
}

void Needs::add_list(PyObject* value) {
  if (item_ == nullptr) item_ = std::make_unique<Needs>();
  if (Py_EnterRecursiveCall(" in a list to bind") != 0) throw_python_error();
  struct Leave {
    ~Leave() { Py_LeaveRecursiveCall(); }
  } const leave;
  Ref items = items_of(value);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.get()); ++i) {
    item_->add(PyTuple_GET_ITEM(items.get(), i));
  }
}

Needs& Needs::field(const std::string& name) {
  for (auto& [known, needs] : fields_) {
    if (known == name) return *needs;
  }
  fields_.emplace_back(name, std::make_unique<Needs>());
  return *fields_.back().second;
}

void Needs::add_struct(PyObject* value) {
  if (Py_EnterRecursiveCall(" in a dict to bind") != 0) throw_python_error();
  struct Leave {
    ~Leave() { Py_LeaveRecursiveCall(); }
  } const leave;
  Ref items = checked(PyDict_Items(value));
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
    PyObject* pair = PyList_GET_ITEM(items.get(), i);
    PyObject* key = PyTuple_GET_ITEM(pair, 0);
    if (!PyUnicode_Check(key)) wrong_type(key, "str keys in a dict");
    field(std::string(text_of(key))).add(PyTuple_GET_ITEM(pair, 1));
  }
}

void Needs::set_decimal(ArrowSchema* schema) const {
  const int64_t of_ints = largest_ == 0 ? 0 : std::ssize(std::to_string(largest_));
  const int64_t whole = std::max({whole_, of_ints, int64_t{0}});
  check_digits(whole, scale_);
  const auto digits = static_cast<int32_t>(std::max<int64_t>(whole + scale_, 1));
  const auto scale = static_cast<int32_t>(scale_);
  check(ArrowSchemaSetTypeDecimal(
      schema, digits <= 38 ? NANOARROW_TYPE_DECIMAL128 : NANOARROW_TYPE_DECIMAL256,
      digits, scale));
}

void Needs::set_type(ArrowSchema* schema) const {
  const bool nanos = nanos_ && !outside_;
  if (nanos_ && outside_) {
    misfit("nanoseconds reach from 1677 to 2262 only, and one value lies outside");
  }
  const ArrowTimeUnit unit =
      nanos ? NANOARROW_TIME_UNIT_NANO : NANOARROW_TIME_UNIT_MICRO;
  switch (kind_) {
    case Kind::kBool:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_BOOL));
    case Kind::kInt:
      if (huge_ || (wide_ && negative_)) return set_decimal(schema);
      return check(ArrowSchemaSetType(
          schema, wide_ ? NANOARROW_TYPE_UINT64 : NANOARROW_TYPE_INT64));
    case Kind::kFloat:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_DOUBLE));
    case Kind::kDecimal:
      return set_decimal(schema);
    case Kind::kText:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_STRING));
    case Kind::kBytes:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_BINARY));
    case Kind::kDate:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_DATE32));
    case Kind::kTimestamp:
      return check(ArrowSchemaSetTypeDateTime(schema, NANOARROW_TYPE_TIMESTAMP, unit,
                                              aware_ ? zone_.c_str() : nullptr));
    case Kind::kTime:
      return check(
          ArrowSchemaSetTypeDateTime(schema, NANOARROW_TYPE_TIME64, unit, nullptr));
    case Kind::kDuration:
      return check(
          ArrowSchemaSetTypeDateTime(schema, NANOARROW_TYPE_DURATION, unit, nullptr));
    case Kind::kInterval:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO));
    case Kind::kUuid: {
      check(ArrowSchemaSetTypeFixedSize(schema, NANOARROW_TYPE_FIXED_SIZE_BINARY, 16));
      nanoarrow::UniqueBuffer metadata;
      check(ArrowMetadataBuilderInit(metadata.get(), nullptr));
      check(ArrowMetadataBuilderAppend(metadata.get(),
                                       ArrowCharView("ARROW:extension:name"),
                                       ArrowCharView("arrow.uuid")));
      check(ArrowMetadataBuilderAppend(metadata.get(),
                                       ArrowCharView("ARROW:extension:metadata"),
                                       ArrowCharView("")));
      return check(ArrowSchemaSetMetadata(
          schema, reinterpret_cast<const char*>(metadata->data)));
    }
    case Kind::kList:
      check(ArrowSchemaSetType(schema, NANOARROW_TYPE_LIST));
      return item_->set_type(schema->children[0]);
    case Kind::kStruct:
      check(ArrowSchemaSetTypeStruct(schema, std::ssize(fields_)));
      for (size_t i = 0; i < fields_.size(); ++i) {
        check(ArrowSchemaSetName(schema->children[i], fields_[i].first.c_str()));
        fields_[i].second->set_type(schema->children[i]);
      }
      return;
    default:
      return check(ArrowSchemaSetType(schema, NANOARROW_TYPE_NA));
  }
}

}  // namespace fletching::python
