// SPDX-License-Identifier: Apache-2.0
// Reads flatbuffers that nobody has verified: every access is checked against the bytes
// at the moment it is made, at any alignment. A separate verifying pass would walk a
// schema whose fields share their children once for every path, which a few hundred
// hostile bytes make endless; here the reader's own budget ends such a walk.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace fletching::flat {

static_assert(std::endian::native == std::endian::little,
              "flatbuffers are read in place");

// Throws kInvalidData.
[[noreturn]] void malformed();

inline size_t checked_add(size_t a, size_t b) {
  size_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) malformed();
  return sum;
}

template <class T>
[[nodiscard]] T load(std::span<const uint8_t> bytes, size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) malformed();
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

// A vector of scalars or of structs of scalars; its bytes are inside the buffer.
class FixedVector {
 public:
  FixedVector() = default;
  FixedVector(std::span<const uint8_t> elements, size_t width)
      : elements_(elements), width_(width) {}

  [[nodiscard]] size_t size() const {
    return width_ == 0 ? 0 : elements_.size() / width_;
  }
  // The scalar at byte `offset` of element i.
  template <class T>
  [[nodiscard]] T get(size_t i, size_t offset = 0) const {
    return load<T>(elements_, checked_add(i * width_, offset));
  }

 private:
  std::span<const uint8_t> elements_;
  size_t width_ = 0;
};

class TableVector;

// Slots are the numbers of a table's fields in the order of its .fbs file.
class Table {
 public:
  // The root table. Throws kInvalidData like everything here.
  static Table root(std::span<const uint8_t> bytes) {
    return {bytes, load<uint32_t>(bytes, 0)};
  }
  Table(std::span<const uint8_t> bytes, size_t at) : bytes_(bytes), at_(at) {
    const auto back = load<int32_t>(bytes, at);
    const int64_t vtable = static_cast<int64_t>(at) - back;
    if (vtable < 0) malformed();
    vtable_ = static_cast<size_t>(vtable);
    vtable_size_ = load<uint16_t>(bytes, vtable_);
  }

  template <class T>
  [[nodiscard]] T scalar(int slot, T otherwise) const {
    const size_t field = find(slot);
    return field == 0 ? otherwise : load<T>(bytes_, field);
  }
  [[nodiscard]] std::optional<Table> table(int slot) const {
    const size_t field = find(slot);
    if (field == 0) return std::nullopt;
    return Table(bytes_, follow(field));
  }
  [[nodiscard]] std::optional<std::string_view> string(int slot) const {
    const size_t field = find(slot);
    if (field == 0) return std::nullopt;
    const auto bytes = elements(field, 1);
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  // Absent vectors are empty ones.
  [[nodiscard]] FixedVector fixed_vector(int slot, size_t width) const {
    const size_t field = find(slot);
    return field == 0 ? FixedVector() : FixedVector(elements(field, width), width);
  }
  [[nodiscard]] TableVector table_vector(int slot) const;

 private:
  friend class TableVector;

  // Where the slot's bytes are, or 0.
  [[nodiscard]] size_t find(int slot) const {
    const size_t entry = 4 + 2 * static_cast<size_t>(slot);
    if (entry + 2 > vtable_size_) return 0;
    const auto offset = load<uint16_t>(bytes_, checked_add(vtable_, entry));
    return offset == 0 ? 0 : checked_add(at_, offset);
  }
  [[nodiscard]] size_t follow(size_t field) const {
    return checked_add(field, load<uint32_t>(bytes_, field));
  }
  [[nodiscard]] std::span<const uint8_t> elements(size_t field, size_t width) const {
    const size_t vector = follow(field);
    const size_t count = load<uint32_t>(bytes_, vector);
    const size_t start = checked_add(vector, 4);
    if (start > bytes_.size() || count > (bytes_.size() - start) / width) malformed();
    return bytes_.subspan(start, count * width);
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  size_t vtable_ = 0;
  size_t vtable_size_ = 0;
};

class TableVector {
 public:
  TableVector() = default;
  TableVector(std::span<const uint8_t> bytes, size_t start, size_t count)
      : bytes_(bytes), start_(start), count_(count) {}
  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] Table at(size_t i) const {
    const size_t field = start_ + 4 * i;
    return {bytes_, checked_add(field, load<uint32_t>(bytes_, field))};
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t start_ = 0;
  size_t count_ = 0;
};

inline TableVector Table::table_vector(int slot) const {
  const size_t field = find(slot);
  if (field == 0) return {};
  const auto offsets = elements(field, 4);
  return {bytes_, static_cast<size_t>(offsets.data() - bytes_.data()),
          offsets.size() / 4};
}

}  // namespace fletching::flat
