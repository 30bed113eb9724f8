// SPDX-License-Identifier: Apache-2.0
// Small caches of Python objects made lately: columns repeat values, and an increment
// of a reference count costs a tenth of making a string, a hundredth of making a
// Decimal.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

#include "bindings/python/ref.h"

namespace fletching::python {

// Whether looking values up pays: judged by how often the last ones were found, tried
// anew from time to time since columns change.
class MemoJudge {
 public:
  [[nodiscard]] bool worth_it() noexcept {
    if (pause_ == 0) return true;
    --pause_;
    return false;
  }
  // After each block of values.
  void record(int64_t lookups, int64_t hits) noexcept {
    if (lookups >= 64 && hits * 4 < lookups) {
      poor_ = poor_ < 5 ? poor_ + 1 : 5;
      pause_ = 1 << poor_;
    } else {
      poor_ = 0;
    }
  }

 private:
  int pause_ = 0;  // in blocks
  int poor_ = 0;
};

// A direct-mapped cache. Key: equality, and uint64_t hash() const.
template <class Key, size_t kSlots>
class Memo {
 public:
  Memo() = default;
  Memo(const Memo&) = delete;
  Memo& operator=(const Memo&) = delete;
  ~Memo() {
    if (slots_ == nullptr) return;
    for (Slot& slot : *slots_) Py_XDECREF(slot.value);
  }

  // A new reference to the value of `key`, made by make() when it is not here. nullptr
  // when make() returned that.
  template <class Make>
  PyObject* get(const Key& key, int64_t& hits, Make make) {
    if (slots_ == nullptr) slots_ = std::make_unique<Slots>();
    const size_t at = (key.hash() * 0x9E3779B97F4A7C15u) >> (64 - kBits);
    Slot& slot = (*slots_)[at];
    if (slot.value != nullptr && slot.key == key) {
      ++hits;
      return new_reference(slot.value);
    }
    PyObject* made = make();
    if (made == nullptr) return nullptr;
    PyObject* old = std::exchange(slot.value, new_reference(made));
    slot.key = key;
    Py_XDECREF(old);
    return made;
  }

 private:
  static constexpr int kBits = std::bit_width(kSlots) - 1;
  static_assert(kSlots == size_t{1} << kBits);
  struct Slot {
    Key key{};
    PyObject* value = nullptr;
  };
  using Slots = std::array<Slot, kSlots>;
  std::unique_ptr<Slots> slots_;
};

struct IntKey {
  int64_t value = 0;
  bool operator==(const IntKey&) const = default;
  [[nodiscard]] uint64_t hash() const noexcept { return static_cast<uint64_t>(value); }
};

// A text of at most 32 bytes, by its first and last 16 (which may overlap).
struct ShortTextKey {
  static constexpr int64_t kLongest = 32;
  uint64_t a = 0, b = 0, c = 0, d = 0;
  int64_t size = -1;
  bool operator==(const ShortTextKey&) const = default;
  [[nodiscard]] uint64_t hash() const noexcept {
    uint64_t h = a ^ (static_cast<uint64_t>(size) << 56);
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u + b;
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u + (c ^ (d << 1 | d >> 63));
    return h ^ (h >> 32);
  }

  static ShortTextKey of(const char* p, int64_t n) noexcept {
    ShortTextKey key;
    key.size = n;
    if (n > 16) {
      key.a = load<uint64_t>(p);
      key.b = load<uint64_t>(p + 8);
      key.c = load<uint64_t>(p + n - 16);
      key.d = load<uint64_t>(p + n - 8);
    } else if (n >= 8) {
      key.a = load<uint64_t>(p);
      key.b = load<uint64_t>(p + n - 8);
    } else if (n >= 4) {
      key.a = load<uint32_t>(p) | uint64_t{load<uint32_t>(p + n - 4)} << 32;
    } else if (n > 0) {
      const auto byte = [p](int64_t i) { return uint64_t{static_cast<uint8_t>(p[i])}; };
      key.a = byte(0) | byte(n >> 1) << 8 | byte(n - 1) << 16;
    }
    return key;
  }

 private:
  template <class T>
  static T load(const char* p) noexcept {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
};

// Dates of one reader, by day since 1970: one for all its columns.
using DateMemo = Memo<IntKey, 4096>;

}  // namespace fletching::python
