// SPDX-License-Identifier: Apache-2.0
// The little of protobuf that the transport needs: the top-level fields of a message,
// one after the other. Never throws; stops at the first malformed byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fletching {

class ProtoScan {
 public:
  struct Field {
    uint32_t number = 0;
    bool is_bytes = false;  // wire type 2: `bytes` is valid
    std::string_view bytes;
    uint64_t value = 0;  // of the other wire types
  };

  explicit ProtoScan(std::string_view bytes) : rest_(bytes) {}

  // nullopt at the end and at anything malformed.
  [[nodiscard]] std::optional<Field> next() {
    const auto tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > kMaxNumber) return std::nullopt;
    Field field;
    field.number = static_cast<uint32_t>(*tag >> 3);
    switch (*tag & 7) {
      case 0:
        return with_value(field, varint());
      case 1:
        return with_value(field, fixed(8));
      case 5:
        return with_value(field, fixed(4));
      case 2:
        break;
      default:
        return std::nullopt;
    }
    const auto size = varint();
    if (!size || *size > rest_.size()) return std::nullopt;
    field.is_bytes = true;
    field.bytes = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return field;
  }

 private:
  static constexpr uint64_t kMaxNumber = (uint64_t{1} << 29) - 1;

  static std::optional<Field> with_value(Field field, std::optional<uint64_t> value) {
    if (!value) return std::nullopt;
    field.value = *value;
    return field;
  }

  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < rest_.size(); ++i) {
      const auto byte = static_cast<uint8_t>(rest_[i]);
      value |= uint64_t{byte & 0x7fu} << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }

  std::optional<uint64_t> fixed(size_t size) {
    if (rest_.size() < size) return std::nullopt;
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= uint64_t{static_cast<uint8_t>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view rest_;
};

}  // namespace fletching
