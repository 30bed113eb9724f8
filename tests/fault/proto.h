// SPDX-License-Identifier: Apache-2.0
// Protobuf, just enough for Flight messages. Written apart from the client's own reader
// and writer on purpose: a shared mistake would pass every test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fletching::fault {

class ProtoWriter {
 public:
  ProtoWriter& integer(uint32_t field, uint64_t value) {
    varint(uint64_t{field} << 3);
    return varint(value);
  }
  ProtoWriter& bytes(uint32_t field, std::string_view value) {
    varint((uint64_t{field} << 3) | 2);
    varint(value.size());
    text_ += value;
    return *this;
  }
  // For messages that are wrong on purpose.
  ProtoWriter& raw(std::string_view value) {
    text_ += value;
    return *this;
  }
  ProtoWriter& varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

struct ProtoField {
  uint32_t number = 0;
  uint64_t integer = 0;
  std::string_view bytes;
};

// Takes the next field from the front of `in`; false at the end or at nonsense.
inline bool next_field(std::string_view& in, ProtoField& out) {
  auto varint = [&in](uint64_t& value) {
    value = 0;
    for (int shift = 0; !in.empty() && shift < 64; shift += 7) {
      auto byte = static_cast<uint8_t>(in.front());
      in.remove_prefix(1);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  };
  auto take = [&](uint64_t size) {
    if (size > in.size()) return false;
    out.bytes = in.substr(0, size);
    in.remove_prefix(size);
    return true;
  };
  uint64_t tag = 0;
  uint64_t size = 0;
  out = {};
  if (!varint(tag)) return false;
  out.number = static_cast<uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0:
      return varint(out.integer);
    case 1:
      return take(8);
    case 2:
      return varint(size) && take(size);
    case 5:
      return take(4);
    default:
      return false;
  }
}

// The bytes of the first field `number`, or "".
inline std::string_view bytes_field(std::string_view message, uint32_t number) {
  ProtoField field;
  while (next_field(message, field)) {
    if (field.number == number) return field.bytes;
  }
  return {};
}

}  // namespace fletching::fault
