// SPDX-License-Identifier: Apache-2.0
// Cells of one fixed width, and of booleans.
#include <limits>

#include "flink/cell_base.h"

namespace fletching::flink {
namespace {

// Read: T from a text.
template <class T, class Read>
class FixedCell final : public ScalarCell<FixedCell<T, Read>> {
 public:
  FixedCell(Tokens tokens, Read read)
      : ScalarCell<FixedCell>(tokens), read_(std::move(read)) {}

  void text(std::string_view text) override {
    values_.push(read_(text));
    ++this->length_;
  }
  void null() override {
    this->nulls_.push(this->length_++);
    values_.push(T{});
  }
  void truncate(int64_t length) override {
    this->length_ = length;
    this->nulls_.truncate(length);
    values_.resize_down(static_cast<size_t>(length));
  }
  void finish(ArrowArray* out) override {
    out->length = this->length_;
    this->nulls_.move_to(out, this->length_);
    values_.move_to(out, 1);
    this->length_ = 0;
  }

 private:
  Read read_;
  Values<T> values_;
};

class BooleanCell final : public ScalarCell<BooleanCell> {
 public:
  explicit BooleanCell(Tokens tokens) : ScalarCell(tokens) {}

  void text(std::string_view text) override {
    values_.push_back(read_boolean(text) ? 1 : 0);
    ++length_;
  }
  void null() override {
    nulls_.push(length_++);
    values_.push_back(0);
  }
  void truncate(int64_t length) override {
    length_ = length;
    nulls_.truncate(length);
    values_.resize(static_cast<size_t>(length));
  }
  void finish(ArrowArray* out) override {
    out->length = length_;
    nulls_.move_to(out, length_);
    Values<uint8_t> bits;
    for (size_t begin = 0; begin < values_.size(); begin += 8) {
      uint32_t byte = 0;
      for (size_t i = begin; i < std::min(begin + 8, values_.size()); ++i) {
        byte |= uint32_t{values_[i]} << (i - begin);
      }
      bits.push(static_cast<uint8_t>(byte));
    }
    bits.move_to(out, 1);
    values_.clear();
    length_ = 0;
  }

 private:
  std::vector<uint8_t> values_;
};

class NullCell final : public ScalarCell<NullCell> {
 public:
  explicit NullCell(Tokens tokens) : ScalarCell(tokens) {}

  void text(std::string_view text) override { bad_text(text, "NULL"); }
  void null() override { ++length_; }
  void truncate(int64_t length) override { length_ = length; }
  void finish(ArrowArray* out) override {
    out->length = out->null_count = length_;
    length_ = 0;
  }
};

template <class T, class Read>
CellPtr fixed(Tokens tokens, Read read) {
  return std::make_unique<FixedCell<T, Read>>(tokens, std::move(read));
}

template <class T>
CellPtr integer(Tokens tokens) {
  return fixed<T>(tokens, [](std::string_view text) {
    return static_cast<T>(read_integer(text, std::numeric_limits<T>::min(),
                                       std::numeric_limits<T>::max()));
  });
}

int digits_of(int32_t precision) {
  return precision == 0 ? 0 : precision <= 3 ? 3 : precision <= 6 ? 6 : 9;
}

CellPtr local_cell(Tokens tokens, const Type& type, CellContext& context) {
  // The gateway's JSON ends in Z, which is not true but in UTC.
  const bool marked = context.encoding == Encoding::kGatewayJson;
  return fixed<int64_t>(tokens, [digits = digits_of(type.precision),
                                 zone = &context.zone, marked](std::string_view text) {
    if (marked) {
      if (!text.ends_with('Z')) bad_text(text, "timestamp with a Z");
      text.remove_suffix(1);
    }
    return read_local(text, digits, *zone);
  });
}

CellPtr interval_cell(Tokens tokens, const Type& type, Encoding encoding) {
  const bool counts = encoding == Encoding::kGatewayJson;
  if (type.root == Root::kIntervalYearMonth) {
    return fixed<int32_t>(tokens, [counts](std::string_view text) {
      if (!counts) return read_year_month(text);
      return static_cast<int32_t>(read_integer(text,
                                               std::numeric_limits<int32_t>::min(),
                                               std::numeric_limits<int32_t>::max()));
    });
  }
  const int digits = std::max(digits_of(type.fractional_precision), 3);
  return fixed<int64_t>(tokens, [counts, digits](std::string_view text) {
    if (!counts) return read_day_time(text, digits);
    // Milliseconds, whatever the type's precision.
    int64_t count = read_integer(text, std::numeric_limits<int64_t>::min(),
                                 std::numeric_limits<int64_t>::max());
    for (int d = 3; d < digits; d += 3) {
      if (__builtin_mul_overflow(count, 1000, &count)) {
        bad_text(text, "interval that 64 bits of its unit hold");
      }
    }
    return count;
  });
}

CellPtr time_cell(Tokens tokens, int digits) {
  if (digits <= 3) {
    return fixed<int32_t>(tokens, [digits](std::string_view text) {
      return static_cast<int32_t>(read_time(text, digits));
    });
  }
  return fixed<int64_t>(
      tokens, [digits](std::string_view text) { return read_time(text, digits); });
}

}  // namespace

Tokens tokens_of(Root root, Encoding encoding) noexcept {
  if (encoding != Encoding::kGatewayJson) return Tokens::kQuoted;
  switch (root) {
    case Root::kBoolean:
    case Root::kTinyint:
    case Root::kSmallint:
    case Root::kInteger:
    case Root::kBigint:
    case Root::kDecimal:
    case Root::kIntervalYearMonth:
    case Root::kIntervalDayTime:
      return Tokens::kBare;
    case Root::kFloat:
    case Root::kDouble:  // NaN and the infinities are strings
      return Tokens::kEither;
    default:
      return Tokens::kQuoted;
  }
}

void bad_token(std::string_view token, const char* wanted) {
  constexpr size_t kShown = 60;
  throw BadValue{"the value " + std::string(token.substr(0, kShown)) +
                 (token.size() > kShown ? "..." : "") + " is not " + wanted};
}

CellPtr make_scalar_cell(const Type& type, CellContext& context) {
  const Tokens tokens = tokens_of(type.root, context.encoding);
  const int digits = digits_of(type.precision);
  switch (type.root) {
    case Root::kNull:
      return std::make_unique<NullCell>(tokens);
    case Root::kBoolean:
      return std::make_unique<BooleanCell>(tokens);
    case Root::kTinyint:
      return integer<int8_t>(tokens);
    case Root::kSmallint:
      return integer<int16_t>(tokens);
    case Root::kInteger:
      return integer<int32_t>(tokens);
    case Root::kBigint:
      return integer<int64_t>(tokens);
    case Root::kFloat:
      return fixed<float>(tokens, read_float);
    case Root::kDouble:
      return fixed<double>(tokens, read_double);
    case Root::kDecimal:
      return fixed<Int128>(tokens, [precision = type.precision,
                                    scale = type.scale](std::string_view text) {
        return read_decimal(text, precision, scale);
      });
    case Root::kDate:
      return fixed<int32_t>(tokens, read_date);
    case Root::kTime:
      return time_cell(tokens, digits);
    case Root::kTimestamp:
      return fixed<int64_t>(tokens, [digits](std::string_view text) {
        return counted(read_timestamp(text, digits), digits);
      });
    case Root::kTimestampLtz:
      return local_cell(tokens, type, context);
    case Root::kIntervalYearMonth:
    case Root::kIntervalDayTime:
      return interval_cell(tokens, type, context.encoding);
    default:
      return nullptr;
  }
}

}  // namespace fletching::flink
