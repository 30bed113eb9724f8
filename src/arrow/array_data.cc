// SPDX-License-Identifier: Apache-2.0
#include "arrow/array_data.h"

#include <atomic>
#include <new>
#include <utility>

namespace fletching {
namespace {

alignas(64) constexpr uint8_t kZeroBlock[64] = {};

// Everything that one exported tree needs, in one allocation: this, then the nodes, the
// pointers and the sizes of view buffers.
struct Arena {
  std::atomic<int64_t> nodes_alive;
  std::vector<Body> bodies;
  std::vector<std::shared_ptr<const Dictionary>> dictionaries;

  void leave() noexcept {
    if (nodes_alive.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    this->~Arena();
    ::operator delete(this);
  }
};

struct Count {
  size_t nodes = 0, pointers = 0, sizes = 0;
};

void count(const ArrayData& data, Count& total) {
  ++total.nodes;
  total.pointers += data.n_buffers + data.children.size();
  if (data.is_view) {
    total.pointers += data.view_data.size() + 1;
    total.sizes += data.view_data.size();
  }
  for (const ArrayData& child : data.children) count(child, total);
  if (data.dictionary != nullptr) count(data.dictionary->data, total);
}

void release_node(ArrowArray* node) {
  for (int64_t i = 0; i < node->n_children; ++i) {
    ArrowArray* child = node->children[i];
    if (child->release != nullptr) child->release(child);
  }
  if (node->dictionary != nullptr && node->dictionary->release != nullptr) {
    node->dictionary->release(node->dictionary);
  }
  auto* arena = static_cast<Arena*>(node->private_data);
  node->release = nullptr;
  arena->leave();
}

class Exporter {
 public:
  Exporter(Arena* arena, const Count& total)
      : arena_(arena),
        nodes_(reinterpret_cast<ArrowArray*>(arena + 1)),
        pointers_(reinterpret_cast<void**>(nodes_ + (total.nodes - 1))),
        sizes_(reinterpret_cast<int64_t*>(pointers_ + total.pointers)) {}

  void fill(const ArrayData& data, ArrowArray* out) {
    *out = ArrowArray{};
    out->length = data.length;
    out->null_count = data.null_count;
    out->private_data = arena_;
    out->release = &release_node;
    fill_buffers(data, out);
    out->n_children = static_cast<int64_t>(data.children.size());
    if (!data.children.empty()) {
      out->children = reinterpret_cast<ArrowArray**>(pointers_);
      pointers_ += data.children.size();
      for (size_t i = 0; i < data.children.size(); ++i) {
        out->children[i] = nodes_++;
        fill(data.children[i], out->children[i]);
      }
    }
    if (data.dictionary != nullptr) {
      out->dictionary = nodes_++;
      fill(data.dictionary->data, out->dictionary);
    }
  }

 private:
  void fill_buffers(const ArrayData& data, ArrowArray* out) {
    out->buffers = const_cast<const void**>(pointers_);
    auto put = [&](const void* buffer) { *pointers_++ = const_cast<void*>(buffer); };
    for (size_t i = 0; i < data.n_buffers; ++i) put(data.buffers[i]);
    out->n_buffers = data.n_buffers;
    if (!data.is_view) return;
    const int64_t* first_size = sizes_;
    for (const auto& buffer : data.view_data) {
      put(buffer.data());
      *sizes_++ = static_cast<int64_t>(buffer.size());
    }
    put(data.view_data.empty() ? static_cast<const void*>(kZeroBlock) : first_size);
    out->n_buffers += static_cast<int64_t>(data.view_data.size()) + 1;
  }

  Arena* arena_;
  ArrowArray* nodes_;
  void** pointers_;
  int64_t* sizes_;
};

void collect(const ArrayData& data,
             std::vector<std::shared_ptr<const Dictionary>>& dictionaries) {
  if (data.dictionary != nullptr) dictionaries.push_back(data.dictionary);
  for (const ArrayData& child : data.children) collect(child, dictionaries);
}

}  // namespace

const uint8_t* zero_block() noexcept { return kZeroBlock; }

ArrayData empty_data(const FieldType& type) {
  ArrayData data;
  switch (type.layout) {
    case Layout::kNull:
    case Layout::kRunEnd:
      break;
    case Layout::kFixedList:
    case Layout::kStruct:
    case Layout::kSparseUnion:
      data.n_buffers = 1;
      break;
    case Layout::kBinary:
    case Layout::kLargeBinary:
    case Layout::kListView:
    case Layout::kLargeListView:
      data.n_buffers = 3;
      break;
    default:
      data.n_buffers = 2;
  }
  data.is_view = type.layout == Layout::kView;
  data.buffers.fill(kZeroBlock);
  if (type.has_validity()) data.buffers[0] = nullptr;
  for (const FieldType& child : type.children)
    data.children.push_back(empty_data(child));
  if (type.values != nullptr) {
    data.dictionary = std::make_shared<const Dictionary>(
        Dictionary{empty_data(*type.values), {}, {}});
  }
  return data;
}

UniqueArray export_array(const ArrayData& data, std::vector<Body> bodies) {
  Count total;
  count(data, total);
  static_assert(sizeof(Arena) % alignof(ArrowArray) == 0);
  const size_t bytes = sizeof(Arena) + (total.nodes - 1) * sizeof(ArrowArray) +
                       total.pointers * sizeof(void*) + total.sizes * sizeof(int64_t);
  std::vector<std::shared_ptr<const Dictionary>> dictionaries;
  collect(data, dictionaries);
  auto* arena = new (::operator new(bytes)) Arena{
      {static_cast<int64_t>(total.nodes)}, std::move(bodies), std::move(dictionaries)};
  UniqueArray out;
  Exporter(arena, total).fill(data, out.get());
  return out;
}

}  // namespace fletching
