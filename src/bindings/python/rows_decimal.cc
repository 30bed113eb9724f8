// SPDX-License-Identifier: Apache-2.0
// Decimals of 32 to 256 bits. A decimal.Decimal is made from text alone: arithmetic on
// one would round to the user's context.
#include <cstring>

#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

constexpr uint64_t kTen19 =
    10'000'000'000'000'000'000u;  // the largest power in 64 bits

// Digits of `value` written backwards, ending before `end`; at least `least` of them.
char* put_digits(char* end, uint64_t value, int least) noexcept {
  while (value != 0 || least > 0) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
    --least;
  }
  return end;
}

template <int kWords>
struct Wide {
  uint64_t word[kWords];  // the least first

  [[nodiscard]] bool negative() const noexcept { return (word[kWords - 1] >> 63) != 0; }
  void negate() noexcept {
    uint64_t carry = 1;
    for (uint64_t& w : word) {
      w = ~w + carry;
      carry = (carry != 0 && w == 0) ? 1 : 0;
    }
  }
  [[nodiscard]] bool fits_word() const noexcept {
    uint64_t above = 0;
    for (int i = 1; i < kWords; ++i) above |= word[i];
    return above == 0;
  }
  // Divides by 10^19 and returns the remainder.
  uint64_t divide() noexcept {
    uint64_t rest = 0;
    for (int i = kWords - 1; i >= 0; --i) {
      const unsigned __int128 part =
          (static_cast<unsigned __int128>(rest) << 64) | word[i];
      word[i] = static_cast<uint64_t>(part / kTen19);
      rest = static_cast<uint64_t>(part % kTen19);
    }
    return rest;
  }
};

template <int kWords>
struct DecimalKey {
  Wide<kWords> value{};
  bool operator==(const DecimalKey& other) const noexcept {
    return std::memcmp(&value, &other.value, sizeof value) == 0;
  }
  [[nodiscard]] uint64_t hash() const noexcept {
    uint64_t h = 0;
    for (const uint64_t w : value.word) h = (h ^ (h >> 29)) * 0xD6E8FEB86659FD93u + w;
    return h;
  }
};

template <int kBytes>
class DecimalConverter final : public Leaf {
 public:
  static constexpr int kWords = kBytes <= 8 ? 1 : kBytes / 8;
  using Value = Wide<kWords>;

  explicit DecimalConverter(int scale) : scale_(scale) {
    Ref module = checked(PyImport_ImportModule("decimal"));
    type_ = checked(PyObject_GetAttrString(module.get(), "Decimal"));
  }
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    values_ = static_cast<const char*>(view.buffer_views[1].data.data);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    if (!judge_.worth_it()) {
      each(begin, count, out, [this](int64_t at) { return make(load(at)); });
      return;
    }
    int64_t hits = 0;
    each(begin, count, out, [&](int64_t at) {
      const DecimalKey<kWords> key{load(at)};
      return memo_.get(key, hits, [&] { return make(key.value); });
    });
    judge_.record(count, hits);
  }

 private:
  [[nodiscard]] Value load(int64_t at) const noexcept {
    Value value;
    if constexpr (kBytes == 4) {
      int32_t narrow;
      std::memcpy(&narrow, values_ + at * 4, 4);
      value.word[0] = static_cast<uint64_t>(int64_t{narrow});
    } else {
      std::memcpy(&value, values_ + at * kBytes, kBytes);
    }
    return value;
  }

  PyObject* make(Value value) const {
    // Up to 77 digits, or a scale's worth of zeros as an exponent; the sign, the point.
    char buffer[128];
    char* const end = buffer + 100;
    const bool negative = value.negative();
    if (negative) value.negate();
    char* p = end;
    while (!value.fits_word()) p = put_digits(p, value.divide(), 19);
    p = put_digits(p, value.word[0], 1);
    if (negative) *--p = '-';
    char* stop = end;
    if (scale_ != 0) {
      *stop++ = 'E';
      int exponent = -scale_;
      if (exponent < 0) {
        *stop++ = '-';
        exponent = scale_;
      }
      char number[16];
      char* const number_end = number + sizeof number;
      const char* q = put_digits(number_end, static_cast<uint64_t>(exponent), 1);
      while (q < number_end) *stop++ = *q++;
    }
    Ref text(PyUnicode_New(stop - p, 127));
    if (!text) return nullptr;
    std::memcpy(PyUnicode_1BYTE_DATA(text.get()), p, static_cast<size_t>(stop - p));
    return PyObject_CallOneArg(type_.get(), text.get());
  }

  int scale_;
  const char* values_ = nullptr;
  Ref type_;
  MemoJudge judge_;
  Memo<DecimalKey<kWords>, 1024> memo_;
};

}  // namespace

ConverterPtr make_decimal(const ArrowSchemaView& type) {
  const int scale = type.decimal_scale;
  switch (type.type) {
    case NANOARROW_TYPE_DECIMAL32:
      return std::make_unique<DecimalConverter<4>>(scale);
    case NANOARROW_TYPE_DECIMAL64:
      return std::make_unique<DecimalConverter<8>>(scale);
    case NANOARROW_TYPE_DECIMAL128:
      return std::make_unique<DecimalConverter<16>>(scale);
    case NANOARROW_TYPE_DECIMAL256:
      return std::make_unique<DecimalConverter<32>>(scale);
    default:
      return nullptr;
  }
}

}  // namespace fletching::python
