// SPDX-License-Identifier: Apache-2.0
#include "arrow/array_append.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

[[noreturn]] void too_long() {
  throw Error(Code::kInvalidData,
              "decoding Arrow data: a dictionary grows beyond what its type can hold");
}

// Bytes that are only ever added to. What a Body shows of them is final.
class GrowingBytes {
 public:
  // Where `count` more bytes go.
  uint8_t* extend(size_t count) {
    const size_t needed = size_ + count;
    if (body_.size() < needed) {
      Body larger = Body::allocate(std::max<size_t>(needed, 2 * body_.size() + 64));
      if (size_ > 0) std::memcpy(larger.data(), body_.data(), size_);
      body_ = std::move(larger);
    }
    uint8_t* at = body_.data() + size_;
    size_ = needed;
    return at;
  }
  void add(const void* from, size_t count) {
    if (count > 0) std::memcpy(extend(count), from, count);
  }
  [[nodiscard]] const Body& body() const { return body_; }

 private:
  Body body_;
  size_t size_ = 0;
};

// Bits share bytes with their neighbours, so a snapshot's are never written again: each
// append makes them anew.
class Bits {
 public:
  // Adds the bits of `more` (null: all ones) from `start` on.
  void add(int64_t old_length, const uint8_t* more, int64_t start, int64_t count) {
    const auto size = static_cast<size_t>((old_length + count + 7) / 8);
    Body grown = Body::allocate(size);
    std::memset(grown.data(), 0, size);
    if (body_) std::memcpy(grown.data(), body_.data(), (old_length + 7) / 8);
    for (int64_t i = 0; i < count; ++i) {
      if (more == nullptr || bit_at(more, start + i)) set(grown.data(), old_length + i);
    }
    body_ = std::move(grown);
  }
  [[nodiscard]] const Body& body() const { return body_; }

 private:
  static void set(uint8_t* bits, int64_t i) {
    bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (1 << (i % 8)));
  }
  Body body_;
};

bool has_views(const FieldType& type) {
  return type.layout == Layout::kView ||
         std::any_of(type.children.begin(), type.children.end(), has_views);
}

}  // namespace

class GrowingArray::Node {
 public:
  explicit Node(const FieldType& type) : type_(type) {
    for (const FieldType& child : type.children) children_.emplace_back(child);
  }

  // Rows [start, start + count): children may have more than their parent needs.
  void append(const ArrayData& data, int64_t start, int64_t count) {
    if (type_.has_validity()) validity(data, start, count);
    storage(data, start, count);
    length_ += count;
  }

  void fill(ArrayData& out, std::vector<Body>& bodies) const {
    out = empty_data(type_);
    out.dictionary = nullptr;  // looked up when rows need it
    out.length = length_;
    out.null_count = type_.layout == Layout::kNull ? length_ : null_count_;
    size_t next = 0;
    if (type_.has_validity()) {
      out.buffers[next++] = null_count_ == 0 ? nullptr : keep(valid_.body(), bodies);
    }
    if (type_.layout == Layout::kBool) out.buffers[next] = keep(bits_.body(), bodies);
    const bool empty = length_ == 0;
    for (const GrowingBytes& bytes : buffers_) {
      if (next < out.n_buffers && type_.layout != Layout::kBool && !empty) {
        out.buffers[next++] = keep(bytes.body(), bodies);
      }
    }
    out.view_data = view_data_;
    for (size_t i = 0; i < children_.size(); ++i) {
      children_[i].fill(out.children[i], bodies);
    }
  }

 private:
  static const uint8_t* keep(const Body& body, std::vector<Body>& bodies) {
    if (!body) return zero_block();
    bodies.push_back(body);
    return body.data();
  }

  void validity(const ArrayData& data, int64_t start, int64_t count) {
    int64_t nulls = 0;
    if (data.buffers[0] != nullptr) {
      for (int64_t i = start; i < start + count; ++i) {
        nulls += bit_at(data.buffers[0], i) ? 0 : 1;
      }
    }
    if (nulls == 0 && null_count_ == 0) return;
    if (null_count_ == 0) valid_.add(0, nullptr, 0, length_);
    valid_.add(length_, data.buffers[0], start, count);
    null_count_ += nulls;
  }

  void storage(const ArrayData& data, int64_t start, int64_t count) {
    const auto skip = static_cast<size_t>(start);
    switch (type_.layout) {
      case Layout::kNull:
        return;
      case Layout::kBool:
        return bits_.add(length_, data.buffers[1], start, count);
      case Layout::kFixed:
        return buffers_[0].add(data.buffers[1] + skip * type_.width,
                               static_cast<size_t>(count) * type_.width);
      case Layout::kBinary:
        return binary<int32_t>(data, start, count);
      case Layout::kLargeBinary:
        return binary<int64_t>(data, start, count);
      case Layout::kView:
        return views(data, start, count);
      case Layout::kList:
        return list<int32_t>(data, start, count);
      case Layout::kLargeList:
        return list<int64_t>(data, start, count);
      case Layout::kListView:
        return list_view<int32_t>(data, start, count);
      case Layout::kLargeListView:
        return list_view<int64_t>(data, start, count);
      case Layout::kFixedList:
        return children_[0].append(data.children[0], start * type_.width,
                                   count * type_.width);
      case Layout::kSparseUnion:
        buffers_[0].add(data.buffers[0] + skip, static_cast<size_t>(count));
        [[fallthrough]];
      case Layout::kStruct:
        for (size_t i = 0; i < children_.size(); ++i) {
          children_[i].append(data.children[i], start, count);
        }
        return;
      case Layout::kDenseUnion:
        return dense_union(data, start, count);
      case Layout::kRunEnd:
        if (type_.children[0].width == 2) return run_ends<int16_t>(data, start, count);
        if (type_.children[0].width == 4) return run_ends<int32_t>(data, start, count);
        return run_ends<int64_t>(data, start, count);
    }
  }

  template <class T>
  static T sum(int64_t a, int64_t b) {
    int64_t both = 0;
    if (__builtin_add_overflow(a, b, &both) || both > std::numeric_limits<T>::max()) {
      too_long();
    }
    return static_cast<T>(both);
  }

  // Adds `count` offsets after those that are there; returns the range that they cover.
  template <class T>
  std::pair<int64_t, int64_t> offsets(const ArrayData& data, int64_t start,
                                      int64_t count) {
    if (count == 0) return {0, 0};
    const T* from = data.values<T>(1) + start;
    if (length_ == 0) {
      const T zero = 0;
      buffers_[0].add(&zero, sizeof zero);
    }
    const T last = sum<T>(end_, from[count] - from[0]);
    auto* to = reinterpret_cast<T*>(
        buffers_[0].extend(static_cast<size_t>(count) * sizeof(T)));
    for (int64_t i = 0; i < count; ++i) {
      to[i] = static_cast<T>(end_ + (from[i + 1] - from[0]));
    }
    end_ = last;
    return {from[0], from[count]};
  }

  template <class T>
  void binary(const ArrayData& data, int64_t start, int64_t count) {
    const auto [first, last] = offsets<T>(data, start, count);
    buffers_[1].add(data.buffers[2] + first, static_cast<size_t>(last - first));
  }

  template <class T>
  void list(const ArrayData& data, int64_t start, int64_t count) {
    const auto [first, last] = offsets<T>(data, start, count);
    children_[0].append(data.children[0], first, last - first);
  }

  template <class T>
  void list_view(const ArrayData& data, int64_t start, int64_t count) {
    const int64_t base = children_[0].length_;
    const T* from = data.values<T>(1) + start;
    const auto bytes = static_cast<size_t>(count) * sizeof(T);
    static_cast<void>(sum<T>(base, data.children[0].length));
    auto* to = reinterpret_cast<T*>(buffers_[0].extend(bytes));
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(from[i] + base);
    buffers_[1].add(data.values<T>(2) + start, bytes);
    children_[0].append(data.children[0], 0, data.children[0].length);
  }

  void views(const ArrayData& data, int64_t start, int64_t count) {
    const auto base = sum<int32_t>(static_cast<int64_t>(view_data_.size()), 0);
    static_cast<void>(sum<int32_t>(base, static_cast<int64_t>(data.view_data.size())));
    if (count == 0) return;
    uint8_t* to = buffers_[0].extend(static_cast<size_t>(count) * 16);
    std::memcpy(to, data.buffers[1] + 16 * start, static_cast<size_t>(count) * 16);
    for (int64_t i = 0; i < count; ++i) {
      int32_t words[4];
      std::memcpy(words, to + 16 * i, sizeof words);
      if (words[0] <= 12) continue;
      words[2] += base;
      std::memcpy(to + 16 * i, words, sizeof words);
    }
    view_data_.insert(view_data_.end(), data.view_data.begin(), data.view_data.end());
  }

  void dense_union(const ArrayData& data, int64_t start, int64_t count) {
    const auto* ids = data.values<uint8_t>(0) + start;
    const auto* from = data.values<int32_t>(1) + start;
    buffers_[0].add(ids, static_cast<size_t>(count));
    auto* to =
        reinterpret_cast<int32_t*>(buffers_[1].extend(static_cast<size_t>(count) * 4));
    for (int64_t i = 0; i < count; ++i) {
      const auto child = static_cast<size_t>(type_.child_of_id[ids[i] & 127]);
      to[i] = sum<int32_t>(children_[child].length_, from[i]);
    }
    for (size_t i = 0; i < children_.size(); ++i) {
      children_[i].append(data.children[i], 0, data.children[i].length);
    }
  }

  // Only the runs that the rows touch, cut off where those end.
  template <class T>
  void run_ends(const ArrayData& data, int64_t start, int64_t count) {
    const ArrayData& ends = data.children[0];
    const T* from = ends.values<T>(1);
    int64_t first = 0;
    while (first < ends.length && from[first] <= start) ++first;
    std::vector<T> moved;
    for (int64_t i = first, row = 0; row < count; ++i) {
      row = std::min<int64_t>(from[i] - start, count);
      moved.push_back(sum<T>(length_, row));
    }
    const auto runs = static_cast<int64_t>(moved.size());
    ArrayData copy;
    copy.buffers[1] = reinterpret_cast<const uint8_t*>(moved.data());
    children_[0].append(copy, 0, runs);
    children_[1].append(data.children[1], first, runs);
  }

  const FieldType& type_;
  int64_t length_ = 0;
  int64_t null_count_ = 0;
  int64_t end_ = 0;  // the last offset
  Bits valid_;
  Bits bits_;
  GrowingBytes buffers_[2];  // in the order of the C data interface, without validity
  std::vector<std::span<const uint8_t>> view_data_;
  std::vector<Node> children_;
};

GrowingArray::GrowingArray(const FieldType& type)
    : root_(std::make_unique<Node>(type)), has_views_(has_views(type)) {}
GrowingArray::~GrowingArray() = default;

void GrowingArray::append(const Dictionary& values) {
  root_->append(values.data, 0, values.data.length);
  if (!has_views_) return;
  // View data is not copied, so the bodies that hold it stay.
  for (const Body& body : values.bodies) view_bodies_.push_back(body);
}

std::shared_ptr<const Dictionary> GrowingArray::snapshot() const {
  Dictionary out;
  out.bodies = view_bodies_;
  root_->fill(out.data, out.bodies);
  return std::make_shared<const Dictionary>(std::move(out));
}

}  // namespace fletching
