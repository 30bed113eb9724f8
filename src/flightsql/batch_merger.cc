// SPDX-License-Identifier: Apache-2.0
#include "flightsql/batch_merger.h"

#include <cstring>
#include <vector>

#include "arrow/validate.h"

namespace fletching {

struct MergedRows::Node {
  ArrowArray array{};
  std::vector<const void*> buffers;
  std::vector<std::unique_ptr<uint8_t[]>> owned;
  std::vector<std::unique_ptr<Node>> children;
  std::vector<ArrowArray*> child_arrays;

  uint8_t* add_buffer(size_t size) {
    owned.push_back(std::make_unique<uint8_t[]>(size + 8));  // zeros
    buffers.push_back(owned.back().get());
    return owned.back().get();
  }
  void finish(int64_t length) {
    for (const auto& child : children) child_arrays.push_back(&child->array);
    array.length = length;
    array.null_count = -1;
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.n_children = static_cast<int64_t>(child_arrays.size());
    array.children = child_arrays.data();
  }
};

namespace {

using Node = MergedRows::Node;

// Rows of one array, counted from the start of its buffers.
struct Part {
  const ArrowArray* array;
  int64_t at;
  int64_t length;

  template <class T>
  [[nodiscard]] const T* buffer(size_t i) const {
    return static_cast<const T*>(array->buffers[i]);
  }
  [[nodiscard]] bool may_have_nulls() const {
    return array->n_buffers > 0 && array->buffers[0] != nullptr &&
           array->null_count != 0;
  }
  [[nodiscard]] bool is_null(int64_t i) const {
    return may_have_nulls() && !bit_at(buffer<uint8_t>(0), at + i);
  }
  // Of its child: rows [start, start + count), counted without the child's offset.
  [[nodiscard]] Part child(size_t i, int64_t start, int64_t count) const {
    const ArrowArray* of = array->children[i];
    return {of, of->offset + start, count};
  }
};
using Parts = std::vector<Part>;

struct View {
  int32_t size;
  uint8_t prefix[4];
  int32_t buffer;
  int32_t offset;
};
constexpr int32_t kLongestInline = 12;

bool can_merge(const FieldType& type) {
  if (type.values != nullptr) return false;
  switch (type.layout) {
    case Layout::kListView:
    case Layout::kLargeListView:
    case Layout::kSparseUnion:
    case Layout::kDenseUnion:
    case Layout::kRunEnd:
      return false;
    default:
      break;
  }
  for (const FieldType& child : type.children) {
    if (!can_merge(child)) return false;
  }
  return true;
}

void set_bit(uint8_t* bits, int64_t i) {
  bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (1u << (i % 8)));
}

class Merging {
 public:
  std::unique_ptr<Node> run(const FieldType& type, const Parts& parts) {
    auto node = std::make_unique<Node>();
    int64_t length = 0;
    for (const Part& part : parts) length += part.length;
    if (type.has_validity()) validity(*node, parts, length);
    storage(type, *node, parts, length);
    node->finish(length);
    return node;
  }

 private:
  static void validity(Node& node, const Parts& parts, int64_t length) {
    bool any = false;
    for (const Part& part : parts) any = any || part.may_have_nulls();
    if (!any) {
      node.buffers.push_back(nullptr);
      return;
    }
    uint8_t* bits = node.add_buffer(static_cast<size_t>(length + 7) / 8);
    int64_t to = 0;
    for (const Part& part : parts) {
      for (int64_t i = 0; i < part.length; ++i, ++to) {
        if (!part.is_null(i)) set_bit(bits, to);
      }
    }
  }

  void storage(const FieldType& type, Node& node, const Parts& parts, int64_t length) {
    switch (type.layout) {
      case Layout::kBool:
        return bits(node, parts, length);
      case Layout::kFixed:
        return fixed(type, node, parts, length);
      case Layout::kBinary:
        return binary<int32_t>(node, parts, length);
      case Layout::kLargeBinary:
        return binary<int64_t>(node, parts, length);
      case Layout::kView:
        return views(node, parts, length);
      case Layout::kList:
        return list<int32_t>(type, node, parts, length);
      case Layout::kLargeList:
        return list<int64_t>(type, node, parts, length);
      case Layout::kFixedList:
        return children(type, node, parts, type.width);
      case Layout::kStruct:
        return children(type, node, parts, 1);
      default:
        return;  // kNull has nothing; the others were refused
    }
  }

  static void bits(Node& node, const Parts& parts, int64_t length) {
    uint8_t* out = node.add_buffer(static_cast<size_t>(length + 7) / 8);
    int64_t to = 0;
    for (const Part& part : parts) {
      for (int64_t i = 0; i < part.length; ++i, ++to) {
        if (bit_at(part.buffer<uint8_t>(1), part.at + i)) set_bit(out, to);
      }
    }
  }

  static void fixed(const FieldType& type, Node& node, const Parts& parts,
                    int64_t length) {
    const auto width = static_cast<size_t>(type.width);
    uint8_t* out = node.add_buffer(static_cast<size_t>(length) * width);
    for (const Part& part : parts) {
      const size_t size = static_cast<size_t>(part.length) * width;
      if (size == 0) continue;
      std::memcpy(out, part.buffer<uint8_t>(1) + static_cast<size_t>(part.at) * width,
                  size);
      out += size;
    }
  }

  // The offsets of all parts, joined; take(part, first, end) for what they span.
  template <class T, class Take>
  static void offsets(Node& node, const Parts& parts, int64_t length, Take&& take) {
    auto* out = reinterpret_cast<T*>(
        node.add_buffer(static_cast<size_t>(length + 1) * sizeof(T)));
    T end = 0;
    for (const Part& part : parts) {
      if (part.length == 0) continue;
      const T* from = part.buffer<T>(1) + part.at;
      for (int64_t i = 1; i <= part.length; ++i) {
        *++out = static_cast<T>(end + (from[i] - from[0]));
      }
      end = static_cast<T>(end + (from[part.length] - from[0]));
      take(part, from[0], from[part.length]);
    }
  }

  template <class T>
  static void binary(Node& node, const Parts& parts, int64_t length) {
    std::vector<std::pair<const uint8_t*, size_t>> pieces;
    size_t total = 0;
    offsets<T>(node, parts, length, [&](const Part& part, T first, T end) {
      if (first == end) return;
      pieces.emplace_back(part.buffer<uint8_t>(2) + first,
                          static_cast<size_t>(end - first));
      total += pieces.back().second;
    });
    uint8_t* out = node.add_buffer(total);
    for (const auto& [data, size] : pieces) {
      std::memcpy(out, data, size);
      out += size;
    }
  }

  static void views(Node& node, const Parts& parts, int64_t length) {
    uint8_t* to = node.add_buffer(static_cast<size_t>(length) * sizeof(View));
    std::vector<uint8_t> data;
    for (const Part& part : parts) {
      for (int64_t i = 0; i < part.length; ++i, to += sizeof(View)) {
        if (part.is_null(i)) continue;
        View view;
        std::memcpy(&view, part.buffer<uint8_t>(1) + (part.at + i) * 16, sizeof view);
        if (view.size > kLongestInline) {
          const auto* from =
              part.buffer<uint8_t>(2 + static_cast<size_t>(view.buffer)) + view.offset;
          view.buffer = 0;
          view.offset = static_cast<int32_t>(data.size());
          data.insert(data.end(), from, from + view.size);
        }
        std::memcpy(to, &view, sizeof view);
      }
    }
    const auto size = static_cast<int64_t>(data.size());
    if (size > 0) std::memcpy(node.add_buffer(data.size()), data.data(), data.size());
    std::memcpy(node.add_buffer(sizeof size), &size, sizeof size);
  }

  template <class T>
  void list(const FieldType& type, Node& node, const Parts& parts, int64_t length) {
    Parts items;
    offsets<T>(node, parts, length, [&](const Part& part, T first, T end) {
      items.push_back(part.child(0, first, end - first));
    });
    node.children.push_back(run(type.children[0], items));
  }

  void children(const FieldType& type, Node& node, const Parts& parts, int64_t each) {
    for (size_t i = 0; i < type.children.size(); ++i) {
      Parts of;
      for (const Part& part : parts) {
        of.push_back(part.child(i, part.at * each, part.length * each));
      }
      node.children.push_back(run(type.children[i], of));
    }
  }
};

}  // namespace

MergedRows::MergedRows(std::unique_ptr<Node> root) : root_(std::move(root)) {}
MergedRows::~MergedRows() = default;
MergedRows::MergedRows(MergedRows&&) noexcept = default;

const ArrowArray& MergedRows::rows() const noexcept { return root_->array; }

std::unique_ptr<BatchMerger> BatchMerger::of(const ArrowSchema& schema) {
  FieldType type = compile_type(schema);
  if (!can_merge(type)) return nullptr;
  return std::make_unique<BatchMerger>(std::move(type));
}

MergedRows BatchMerger::merge(std::span<const ArrowArray* const> parts) const {
  Parts all;
  for (const ArrowArray* rows : parts)
    all.push_back({rows, rows->offset, rows->length});
  return MergedRows(Merging().run(type_, all));
}

}  // namespace fletching
