// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_literal_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace fletching {
namespace {

std::string_view view_of(ArrowStringView text) {
  return {text.data, text.data == nullptr ? 0 : static_cast<size_t>(text.size_bytes)};
}

std::string hex_of(ArrowBufferView bytes, std::string_view before) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (int64_t i = 0; i < bytes.size_bytes; ++i) {
    const uint8_t byte = bytes.data.as_uint8[i];
    text += before;
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

int32_t decimal_bits(ArrowType type) {
  switch (type) {
    case NANOARROW_TYPE_DECIMAL32:
      return 32;
    case NANOARROW_TYPE_DECIMAL64:
      return 64;
    case NANOARROW_TYPE_DECIMAL128:
      return 128;
    default:
      return 256;
  }
}

// Is it an integer below 10^3 * 2^43 over 1, 10, 100 or 1000? Those are read right by
// any division, in 64 bits of precision too: no quotient lies close enough to the
// middle of two doubles.
bool is_read_exactly(double value, std::string_view shortest) {
  const size_t mark = shortest.find('e');
  int exponent = 0;
  const size_t first = mark + (shortest[mark + 1] == '+' ? 2 : 1);
  std::from_chars(shortest.data() + first, shortest.data() + shortest.size(), exponent);
  const size_t point = shortest.find('.');
  const int decimals =
      point == std::string_view::npos ? 0 : static_cast<int>(mark - point - 1);
  return std::fabs(value) < 0x1p43 && decimals - exponent <= 3;
}

// A double as an integer times or over powers of two: each step of it is exact.
std::string scaled(double value) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  auto integer = static_cast<int64_t>(std::ldexp(fraction, 53));
  exponent -= 53;
  for (; integer % 2 == 0 && exponent < 0; ++exponent) integer /= 2;
  std::string text = (value < 0 ? "(-" : "(") + std::to_string(integer);
  if (exponent == 0) text += ".0";  // not an integer
  const std::string_view operation = exponent < 0 ? " / " : " * ";
  for (int left = std::abs(exponent); left > 0; left -= 60) {
    text += operation;
    text += std::to_string(int64_t{1} << std::min(left, 60)) + ".0";
  }
  return text + ")";
}

}  // namespace

std::string filled(std::string_view form, std::string_view value) {
  std::string text;
  for (const char c : form) {
    if (c == '%') {
      text += value;
    } else {
      text += c;
    }
  }
  return text;
}

void LiteralWriter::null(const Field& field) {
  const Field* plain = &field;
  while (plain->type == NANOARROW_TYPE_DICTIONARY ||
         plain->type == NANOARROW_TYPE_RUN_END_ENCODED) {
    plain = &plain->children.back();
  }
  const std::string type = type_of(*plain);
  out_ += type.empty() ? "NULL" : filled(forms_.null, type);
}

void LiteralWriter::integer(const Field& field, int64_t value) {
  if (field.extension == Field::Extension::kBool8) {
    out_ += value != 0 ? "TRUE" : "FALSE";
  } else if (value >= 0) {
    out_ += std::to_string(value);
  } else if (value > std::numeric_limits<int64_t>::min()) {
    // 1-(-5): never a comment; and a cast or power after it takes all of it.
    out_ += "(" + std::to_string(value) + ")";
  } else {
    // Without its sign it is beyond 64 bits, and then of another type.
    out_ += "CAST('" + std::to_string(value) + "' AS " +
            std::string(forms_.types.ints[3]) + ")";
  }
}

void LiteralWriter::unsigned_integer(uint64_t value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    out_ += std::to_string(value);
    return;
  }
  const std::string_view type = forms_.types.uints[3];
  if (type.empty()) no_literal("integers over 9223372036854775807");
  out_ += "CAST('" + std::to_string(value) + "' AS " + std::string(type) + ")";
}

void LiteralWriter::floating(double value, std::string_view type) {
  if (!std::isfinite(value)) {
    const std::string_view form = std::isnan(value) ? forms_.nan
                                  : value > 0       ? forms_.infinity
                                                    : forms_.negative_infinity;
    if (form.empty()) no_literal(std::isnan(value) ? "NaN" : "infinity");
    out_ += filled(form, type);
    return;
  }
  if (value == 0 && std::signbit(value)) {
    out_ += "CAST('-0.0' AS " + std::string(type) + ")";
    return;
  }
  // The shortest text that reads back the same. With an exponent it is binary floating
  // point everywhere; without one it is a decimal on half of the servers.
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                 std::chars_format::scientific);
  const std::string_view shortest(digits, static_cast<size_t>(end.ptr - digits));
  if (forms_.scaled_floats && !is_read_exactly(value, shortest)) {
    out_ += scaled(value);
    return;
  }
  const std::string text = filled(forms_.finite, shortest);
  const bool single = type != forms_.types.float64;
  if (single) {
    // The double that equals the float: a cast of it rounds nothing.
    out_ += "CAST(" + text + " AS " + std::string(type) + ")";
  } else {
    out_ += value < 0 ? "(" + text + ")" : text;
  }
}

void LiteralWriter::decimal(const Field& field, const ArrowArrayView& array,
                            int64_t row) {
  if (forms_.decimal_digits == 0) no_literal("decimals");
  ArrowDecimal value;
  ArrowDecimalInit(&value, decimal_bits(field.type), field.precision, field.scale);
  ArrowArrayViewGetDecimalUnsafe(&array, row, &value);
  nanoarrow::UniqueBuffer buffer;
  if (ArrowDecimalAppendDigitsToBuffer(&value, buffer.get()) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  std::string digits(reinterpret_cast<const char*>(buffer->data),
                     static_cast<size_t>(buffer->size_bytes));
  const bool negative = digits.front() == '-';
  if (negative) digits.erase(0, 1);
  const int32_t most = forms_.decimal_digits;
  int32_t scale = field.scale;
  int32_t precision = field.precision;
  if (scale < -most || scale > most) {
    literal_not_supported("a decimal of scale " + std::to_string(scale) +
                          " does not fit " + std::to_string(most) + " digits");
  }
  if (scale < 0) {
    if (digits != "0") digits.append(static_cast<size_t>(-scale), '0');
    precision -= scale;
    scale = 0;
  }
  // A precision too small for its own value or scale grows, one beyond the server's
  // shrinks to what the value needs.
  const int32_t needed = std::max(static_cast<int32_t>(digits.size()), scale);
  if (precision < needed || precision > most) precision = needed;
  if (precision > most) {
    literal_not_supported("a decimal of " + std::to_string(precision) +
                          " digits, this server "
                          "keeps " +
                          std::to_string(most));
  }
  const auto fraction = static_cast<size_t>(scale);
  const size_t least =
      forms_.bare_fraction && precision == scale ? fraction : fraction + 1;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  if (fraction != 0) digits.insert(digits.size() - fraction, ".");
  out_ += "CAST('" + std::string(negative ? "-" : "") + digits + "' AS " +
          decimal_type_text(forms_.types.decimal, precision, scale) + ")";
}

void LiteralWriter::binary(ArrowBufferView bytes) {
  if (!forms_.binary_escaped.empty()) {
    out_ += filled(forms_.binary_escaped, hex_of(bytes, "\\x"));
  } else if (!forms_.binary_hex.empty()) {
    out_ += filled(forms_.binary_hex, hex_of(bytes, ""));
  } else {
    no_literal("bytes");
  }
}

void LiteralWriter::uuid(ArrowBufferView bytes) {
  std::string text = hex_of(bytes, "");
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' ? static_cast<char>(c + 32) : c; });
  for (const size_t at : {20, 16, 12, 8}) text.insert(at, "-");
  if (forms_.types.uuid.empty()) {
    out_ += "'" + text + "'";
  } else {
    out_ += "CAST('" + text + "' AS " + std::string(forms_.types.uuid) + ")";
  }
}

void LiteralWriter::date(const Field& field, int64_t value) {
  if (field.type == NANOARROW_TYPE_DATE64) {
    constexpr int64_t kDay = 86400000;
    if (value % kDay != 0) literal_not_valid("a date64 with a time of day");
    value /= kDay;
  }
  const auto text = date_text(value, forms_.date_years);
  if (!text) {
    literal_not_supported("the date lies outside of the years " +
                          std::to_string(forms_.date_years.first) + " to " +
                          std::to_string(forms_.date_years.last));
  }
  out_ += filled(forms_.date, *text);
}

const TemporalForm& LiteralWriter::form_of(const TemporalForms& forms,
                                           const Field& field, int64_t value,
                                           const char* what) const {
  const TemporalForm* last = nullptr;
  for (const TemporalForm& form : forms) {
    if (form.text.empty()) break;
    last = &form;
    if (form.digits >= field.unit_digits) break;
  }
  if (last == nullptr) no_literal(what);
  if (!fits_digits(value, field.unit_digits, last->digits)) {
    literal_not_supported(std::string(what) +
                          " would lose digits of its second, this server "
                          "keeps " +
                          std::to_string(last->digits) + " (round the value first)");
  }
  return *last;
}

void LiteralWriter::time(const Field& field, int64_t value) {
  const TemporalForm& form = form_of(forms_.time, field, value, "a time");
  const auto text = time_text(value, field.unit_digits, form.digits);
  if (!text) literal_not_valid("a time outside of its day");
  out_ += filled(form.text, *text);
}

void LiteralWriter::timestamp(const Field& field, int64_t value) {
  const TemporalForms& forms = field.zoned ? forms_.timestamp_zoned : forms_.timestamp;
  if (field.zoned && instants_ &&
      !fits_digits(value, field.unit_digits, forms.front().digits)) {
    const Span since = Span::of(value, field.unit_digits);
    instants_(out_, since.seconds, since.nanos);
    return;
  }
  const TemporalForm& form = form_of(
      forms, field, value, field.zoned ? "a timestamp with a zone" : "a timestamp");
  const auto text =
      timestamp_text(value, field.unit_digits, form.digits, forms_.timestamp_years);
  if (!text) {
    literal_not_supported("the timestamp lies outside of the years " +
                          std::to_string(forms_.timestamp_years.first) + " to " +
                          std::to_string(forms_.timestamp_years.last));
  }
  if (!form.epoch) {
    out_ += filled(form.text, *text);
    return;
  }
  // In those years no count of seconds to milliseconds overflows.
  for (int d = field.unit_digits; d < form.digits; ++d) value *= 10;
  for (int d = field.unit_digits; d > form.digits; --d) value /= 10;
  out_ += filled(form.text, std::to_string(value));
}

void LiteralWriter::duration(const Field& field, int64_t value) {
  if (!forms_.duration.empty()) {
    const std::string_view unit = field.unit_digits == 0   ? "Second"
                                  : field.unit_digits == 3 ? "Millisecond"
                                  : field.unit_digits == 6 ? "Microsecond"
                                                           : "Nanosecond";
    std::string text = filled(forms_.duration, std::to_string(value));
    text.replace(text.find('#'), 1, unit);
    out_ += text;
    return;
  }
  const Span length = Span::of(value, field.unit_digits);
  if (forms_.interval == IntervalStyle::kUnits) {
    span_units(length, field.unit_digits);
  } else {
    span(length);
  }
}

void LiteralWriter::interval(const Field& field, const ArrowArrayView& array,
                             int64_t row) {
  ArrowInterval value;
  ArrowIntervalInit(&value, field.type);
  ArrowArrayViewGetIntervalUnsafe(&array, row, &value);
  Span length = field.type == NANOARROW_TYPE_INTERVAL_DAY_TIME ? Span::of(value.ms, 3)
                                                               : Span::of(value.ns, 9);
  length.months = value.months;
  length.days = value.days;
  if (forms_.interval == IntervalStyle::kUnits) {
    span_units(length, 9);
  } else {
    span(length);
  }
}

void LiteralWriter::span(const Span& span) {
  if (forms_.interval == IntervalStyle::kNone) no_literal("intervals");
  if (!fits_digits(span.nanos, 9, forms_.interval_digits)) {
    literal_not_supported(
        "an interval would lose digits of its second, this server keeps " +
        std::to_string(forms_.interval_digits) + " (round the value first)");
  }
  if (forms_.interval == IntervalStyle::kWords) {
    out_ += "INTERVAL '" + words_text(span) + "'";
  } else {
    span_fields(span);
  }
}

void LiteralWriter::span_fields(const Span& span) {
  const bool months = span.months != 0;
  const bool days = span.days != 0;
  const bool seconds = span.seconds != 0 || span.nanos != 0;
  const bool both = forms_.day_to_second_field.empty();
  if (months && (days || seconds)) no_literal("an interval of months and days");
  if (both && days && seconds) no_literal("an interval of days and seconds");
  std::string text;
  std::string_view field = forms_.month_field;
  bool too_long = false;
  if (months) {
    text = std::to_string(span.months);
    too_long = text.size() - (span.months < 0 ? 1 : 0) > forms_.month_field_digits;
  } else if (both) {
    text = days ? std::to_string(span.days) : seconds_text(span);
    field = days ? forms_.day_field : forms_.second_field;
  } else {
    uint64_t whole = 0;
    text = day_time_text(span, forms_.interval_digits, whole);
    field = forms_.day_to_second_field;
    too_long = std::to_string(whole).size() > forms_.day_field_digits;
    if (too_long && forms_.days_multiplied) {
      const bool negative = text.front() == '-';
      out_ += "(INTERVAL '1' DAY * " + std::string(negative ? "(-" : "(") +
              std::to_string(whole) + ") + INTERVAL '" + (negative ? "-0" : "0") +
              text.substr(text.find(' ')) + "' " + std::string(field) + ")";
      return;
    }
  }
  if (too_long) literal_not_supported("the interval is longer than this server's");
  out_ += "INTERVAL '" + text + "' " + std::string(field);
}

void LiteralWriter::span_units(const Span& span, int unit_digits) {
  const bool months = span.months != 0;
  const bool days = span.days != 0;
  const bool seconds = span.seconds != 0 || span.nanos != 0;
  if (months + days + seconds > 1) no_literal("an interval of several units");
  if (months) {
    out_ += "toIntervalMonth(" + std::to_string(span.months) + ")";
    return;
  }
  if (days) {
    out_ += "toIntervalDay(" + std::to_string(span.days) + ")";
    return;
  }
  // The count in the column's unit, which an int64 held.
  static constexpr std::array<std::string_view, 4> kUnits = {
      "toIntervalSecond(", "toIntervalMillisecond(", "toIntervalMicrosecond(",
      "toIntervalNanosecond("};
  uint64_t count = static_cast<uint64_t>(span.seconds);
  uint64_t nanos = static_cast<uint64_t>(span.nanos);
  for (int d = 0; d < unit_digits; ++d) count *= 10;
  for (int d = unit_digits; d < 9; ++d) nanos /= 10;
  out_ += kUnits[static_cast<size_t>(unit_digits) / 3];
  out_ += std::to_string(static_cast<int64_t>(count + nanos)) + ")";
}

void LiteralWriter::value(const Field& field, const ArrowArrayView& array,
                          int64_t row) {
  // A run-end encoded array has no validity of its own, nanoarrow gives it a buffer.
  if (field.type != NANOARROW_TYPE_RUN_END_ENCODED &&
      ArrowArrayViewIsNull(&array, row)) {
    return null(field);
  }
  switch (field.type) {
    case NANOARROW_TYPE_BOOL:
      out_ += ArrowArrayViewGetIntUnsafe(&array, row) != 0 ? "TRUE" : "FALSE";
      return;
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_INT64:
      return integer(field, ArrowArrayViewGetIntUnsafe(&array, row));
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_UINT64:
      return unsigned_integer(ArrowArrayViewGetUIntUnsafe(&array, row));
    case NANOARROW_TYPE_HALF_FLOAT:
    case NANOARROW_TYPE_FLOAT:
      return floating(ArrowArrayViewGetDoubleUnsafe(&array, row), forms_.types.real);
    case NANOARROW_TYPE_DOUBLE:
      return floating(ArrowArrayViewGetDoubleUnsafe(&array, row), forms_.types.float64);
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return append_text_literal(
          out_, view_of(ArrowArrayViewGetStringUnsafe(&array, row)), dialect_);
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_BINARY: {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&array, row);
      return field.extension == Field::Extension::kUuid ? uuid(bytes) : binary(bytes);
    }
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
      return date(field, ArrowArrayViewGetIntUnsafe(&array, row));
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return time(field, ArrowArrayViewGetIntUnsafe(&array, row));
    case NANOARROW_TYPE_TIMESTAMP:
      return timestamp(field, ArrowArrayViewGetIntUnsafe(&array, row));
    case NANOARROW_TYPE_DURATION:
      return duration(field, ArrowArrayViewGetIntUnsafe(&array, row));
    case NANOARROW_TYPE_INTERVAL_MONTHS:
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return interval(field, array, row);
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return decimal(field, array, row);
    default:
      return nested(field, array, row);
  }
}

}  // namespace fletching
