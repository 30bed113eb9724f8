// SPDX-License-Identifier: Apache-2.0
// What cells are made of: growing buffers, NULLs, the part that scalars share. Private
// to cell*.cc.
#pragma once

#include <cstring>
#include <new>
#include <vector>

#include "flink/cell.h"

namespace fletching::flink {

inline void check_arrow(int code) {
  if (code == NANOARROW_OK) return;
  if (code == ENOMEM) throw std::bad_alloc();
  throw Error(Code::kInternal,
              "building an Arrow array: error " + std::to_string(code));
}

// A vector of numbers whose memory an Arrow array can take over.
template <class T>
class Values {
 public:
  void push(T value) {
    if (used_ == room_) grow(1);
    std::memcpy(data() + used_, &value, sizeof value);
    ++used_;
  }
  void append(const T* values, size_t count) {
    if (room_ - used_ < count) grow(count);
    if (count != 0) std::memcpy(data() + used_, values, count * sizeof(T));
    used_ += count;
  }
  [[nodiscard]] size_t size() const noexcept { return used_; }
  void resize_down(size_t size) noexcept { used_ = size; }
  [[nodiscard]] T at(size_t index) const noexcept {
    T value;
    std::memcpy(&value, data() + index, sizeof value);
    return value;
  }
  [[nodiscard]] const T* begin() const noexcept { return data(); }

  void move_to(ArrowArray* out, int64_t buffer) {
    buffer_->size_bytes = static_cast<int64_t>(used_ * sizeof(T));
    check_arrow(ArrowArraySetBuffer(out, buffer, buffer_.get()));
    buffer_ = nanoarrow::UniqueBuffer();
    used_ = room_ = 0;
  }

 private:
  [[nodiscard]] T* data() const noexcept {
    return reinterpret_cast<T*>(const_cast<ArrowBuffer*>(buffer_.get())->data);
  }
  void grow(size_t count) {
    const size_t wanted = std::max<size_t>(used_ + count, room_ * 2 + 64);
    buffer_->size_bytes = static_cast<int64_t>(used_ * sizeof(T));
    check_arrow(ArrowBufferReserve(buffer_.get(),
                                   static_cast<int64_t>((wanted - used_) * sizeof(T))));
    room_ = static_cast<size_t>(buffer_->capacity_bytes) / sizeof(T);
  }

  nanoarrow::UniqueBuffer buffer_;
  size_t used_ = 0, room_ = 0;
};

// Which rows are NULL. Values that are not cost nothing.
class Nulls {
 public:
  void push(int64_t row) { rows_.push_back(row); }
  void truncate(int64_t length) noexcept {
    while (!rows_.empty() && rows_.back() >= length) rows_.pop_back();
  }
  // Sets the validity of an array of that length.
  void move_to(ArrowArray* out, int64_t length) {
    out->null_count = static_cast<int64_t>(rows_.size());
    if (rows_.empty()) return;
    nanoarrow::UniqueBuffer bits;
    check_arrow(ArrowBufferResize(bits.get(), (length + 7) / 8, 0));
    std::memset(bits->data, 0xff, static_cast<size_t>(bits->size_bytes));
    for (const int64_t row : rows_) {
      bits->data[row / 8] &= static_cast<uint8_t>(~(1u << (row % 8)));
    }
    if (length % 8 != 0) {
      bits->data[length / 8] &= static_cast<uint8_t>((1u << (length % 8)) - 1);
    }
    check_arrow(ArrowArraySetBuffer(out, 0, bits.get()));
    rows_.clear();
  }

 private:
  std::vector<int64_t> rows_;
};

// Which JSON tokens a scalar may be: by the encoding and its type.
enum class Tokens : uint8_t { kQuoted, kBare, kEither };
[[nodiscard]] Tokens tokens_of(Root root, Encoding encoding) noexcept;

[[noreturn]] void bad_token(std::string_view token, const char* wanted);
// "true" is bare and a nested value is neither.
[[nodiscard]] inline bool is_bare(std::string_view token) noexcept {
  return !token.empty() && token[0] != '[' && token[0] != '{';
}

// Made : ScalarCell<Made> appends by text(), which is chosen at compile time.
template <class Made>
class ScalarCell : public Cell {
 public:
  void json(json::value& value) final {
    const std::string_view token = token_of(value);
    if (!token.empty() && token[0] == '"') [[likely]] {
      if (tokens_ == Tokens::kBare) bad_token(token, "a JSON number or boolean");
      made().Made::text(string_of(value, token));
    } else if (token == "null") {
      made().Made::null();
    } else {
      if (tokens_ == Tokens::kQuoted || !is_bare(token)) {
        bad_token(token, tokens_ == Tokens::kQuoted ? "a JSON string"
                                                    : "a JSON number or boolean");
      }
      made().Made::text(token);
    }
  }
  void plain(PlainText& text) final {
    if (text.take_null()) return made().Made::null();
    made().Made::text(text.take_scalar());
  }

 protected:
  Made& made() noexcept { return static_cast<Made&>(*this); }
  Nulls nulls_;

 private:
  friend Made;
  explicit ScalarCell(Tokens tokens) : tokens_(tokens) {}

  Tokens tokens_;
};

}  // namespace fletching::flink
