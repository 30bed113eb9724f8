// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_batch.h"

#include <cstring>
#include <string>

#include "arrow/ipc_format.h"
#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr FieldPath kRootPath{};
constexpr int64_t kUnknown = -1;

// Whether a buffer may be far larger than what its array needs of it.
enum class Excess { kPadding, kAny };

int64_t checked_product(int64_t a, int64_t b, const FieldPath& path) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) bad_data(path, "a length out of range");
  return product;
}

int64_t checked_sum(int64_t a, int64_t b, const FieldPath& path) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) bad_data(path, "a length out of range");
  return sum;
}

int64_t bytes_of_bits(int64_t bits) { return bits / 8 + (bits % 8 != 0 ? 1 : 0); }

// Takes the buffers out of the body one after the other.
class BufferReader {
 public:
  BufferReader(const flat::Table& batch, const Body& body, const BatchContext& context,
               std::vector<Body>& bodies)
      : buffers_(batch.fixed_vector(ipc::record_batch::kBuffers, ipc::kPairWidth)),
        variadic_(batch.fixed_vector(ipc::record_batch::kVariadicCounts, 8)),
        body_(body.bytes()),
        context_(context),
        bodies_(bodies),
        budget_(context.max_decompressed) {
    const auto compression = batch.table(ipc::record_batch::kCompression);
    if (!compression) return;
    if (compression->scalar<int8_t>(ipc::body_compression::kMethod, 0) != 0) {
      bad_data(kRootPath, "unknown compression method");
    }
    const auto codec = compression->scalar<int8_t>(ipc::body_compression::kCodec, 0);
    if (codec == ipc::kCodecLz4Frame) codec_ = IpcCompression::kLz4Frame;
    if (codec == ipc::kCodecZstd) codec_ = IpcCompression::kZstd;
    if (codec_ == IpcCompression::kNone) {
      bad_data(kRootPath, "unknown compression codec");
    }
  }

  // The next buffer, of which `need` bytes (kUnknown: all there are) will be read, at
  // an address of that alignment. Never null.
  std::span<const uint8_t> take(int64_t need, int64_t alignment, const FieldPath& path,
                                Excess excess = Excess::kPadding) {
    std::span<const uint8_t> raw = next(path);
    if (need == 0 || (raw.empty() && need == kUnknown)) return {zero_block(), 0};
    if (codec_ != IpcCompression::kNone && !raw.empty()) {
      raw = expand(raw, excess == Excess::kAny ? kUnknown : need, path);
    }
    if (need == kUnknown) return raw.empty() ? std::span(zero_block(), 0) : raw;
    if (static_cast<int64_t>(raw.size()) < need) {
      bad_data(path, "a buffer of " + std::to_string(raw.size()) + " bytes where " +
                         std::to_string(need) + " are needed");
    }
    raw = raw.first(static_cast<size_t>(need));
    if (reinterpret_cast<uintptr_t>(raw.data()) % static_cast<uint64_t>(alignment) ==
        0) {
      return raw;
    }
    return copy(raw);
  }

  // The next buffer if it has bits for all of `length` rows; null if it has not.
  const uint8_t* take_validity(int64_t length, int64_t null_count,
                               const FieldPath& path) {
    const size_t at = used_;
    if (length == 0 || next(path).empty()) {
      used_ = at + 1;
      return nullptr;
    }
    const int64_t need = bytes_of_bits(length);
    if (null_count == 0 && codec_ == IpcCompression::kNone && size_at(at) < need) {
      return nullptr;  // too short for anybody to have meant it
    }
    used_ = at;
    return take(need, 1, path).data();
  }

  int64_t next_variadic_count(const FieldPath& path) {
    if (variadic_used_ >= variadic_.size()) {
      bad_data(path, "the message does not say how many buffers its views have");
    }
    const auto count = variadic_.get<int64_t>(variadic_used_++);
    if (count < 0 || static_cast<uint64_t>(count) > buffers_.size() - used_) {
      bad_data(path, "more view buffers than the message has");
    }
    return count;
  }

  [[nodiscard]] bool at_end() const { return used_ == buffers_.size(); }

 private:
  [[nodiscard]] int64_t size_at(size_t i) const { return buffers_.get<int64_t>(i, 8); }

  std::span<const uint8_t> next(const FieldPath& path) {
    if (used_ >= buffers_.size()) bad_data(path, "the message has too few buffers");
    const size_t at = used_++;
    const auto offset = buffers_.get<int64_t>(at);
    const int64_t size = size_at(at);
    if (size == 0) return {};  // wherever it says it is
    const auto limit = static_cast<int64_t>(body_.size());
    if (offset < 0 || size < 0 || offset > limit || size > limit - offset) {
      bad_data(path, "a buffer lies outside of the body's " + std::to_string(limit) +
                         " bytes (truncated?)");
    }
    return body_.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
  }

  std::span<const uint8_t> copy(std::span<const uint8_t> raw) {
    Body copied = Body::allocate(raw.size());
    std::memcpy(copied.data(), raw.data(), raw.size());
    bodies_.push_back(copied);
    return copied.bytes();
  }

  // A compressed buffer starts with its length when expanded, or -1: stored as it is.
  std::span<const uint8_t> expand(std::span<const uint8_t> raw, int64_t need,
                                  const FieldPath& path) {
    if (raw.size() < 8) bad_data(path, "a compressed buffer without its length");
    const auto claimed = flat::load<int64_t>(raw, 0);
    raw = raw.subspan(8);
    if (claimed == -1) return raw;
    if (claimed < 0 || claimed > budget_) {
      bad_data(path, "a buffer that claims " + std::to_string(claimed) +
                         " bytes when decompressed");
    }
    // Writers pad, but not by more than there is.
    if (need != kUnknown && claimed > need && claimed - need > need + (64 << 10)) {
      bad_data(path, "a buffer that is much too large for its column");
    }
    budget_ -= claimed;
    if (claimed == 0) return {};
    Body expanded = Body::allocate(static_cast<size_t>(claimed));
    const std::span out(expanded.data(), expanded.size());
    if (!context_.decompressor->run(codec_, raw, out)) {
      bad_data(path, "a compressed buffer is damaged");
    }
    bodies_.push_back(expanded);
    return expanded.bytes();
  }

  flat::FixedVector buffers_;
  flat::FixedVector variadic_;
  std::span<const uint8_t> body_;
  const BatchContext& context_;
  std::vector<Body>& bodies_;
  IpcCompression codec_ = IpcCompression::kNone;
  int64_t budget_;
  size_t used_ = 0;
  size_t variadic_used_ = 0;
};

class BatchDecoder {
 public:
  BatchDecoder(const flat::Table& batch, const Body& body, const BatchContext& context,
               std::vector<Body>& bodies)
      : nodes_(batch.fixed_vector(ipc::record_batch::kNodes, ipc::kPairWidth)),
        buffers_(batch, body, context, bodies),
        context_(context),
        bodies_(bodies) {}

  void run(std::span<const FieldType> columns, int64_t length, ArrayData& out) {
    if (length < 0) bad_data(kRootPath, "a batch of negative length");
    out.length = length;
    out.null_count = 0;
    out.n_buffers = 1;
    out.buffers[0] = nullptr;
    children(columns, out, kRootPath);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (out.children[i].length == length) continue;
      const FieldPath path{&kRootPath, &columns[i]};
      bad_data(path, std::to_string(out.children[i].length) + " rows in a batch of " +
                         std::to_string(length));
    }
    if (used_ != nodes_.size() || !buffers_.at_end()) {
      bad_data(kRootPath, "the message has more columns or buffers than its schema");
    }
  }

 private:
  void children(std::span<const FieldType> types, ArrayData& out,
                const FieldPath& path) {
    out.children.resize(types.size());
    for (size_t i = 0; i < types.size(); ++i) {
      const FieldPath below{&path, &types[i]};
      array(types[i], out.children[i], below);
    }
  }

  void array(const FieldType& type, ArrayData& out, const FieldPath& path) {
    if (used_ >= nodes_.size()) bad_data(path, "the message has too few columns");
    const size_t at = used_++;
    out.length = nodes_.get<int64_t>(at);
    if (out.length < 0) bad_data(path, "an array of negative length");
    out.null_count = 0;
    out.n_buffers = 0;
    out.is_view = false;
    out.view_data.clear();
    out.dictionary = nullptr;
    if (type.has_validity()) validity(nodes_.get<int64_t>(at, 8), out, path);
    storage(type, out, path);
    if (type.values == nullptr || *context_.find_dictionary == nullptr) return;
    out.dictionary = (*context_.find_dictionary)(type, path);
    check_indices(type, out, out.dictionary->data.length, path);
  }

  // The count that came is not believed: consumers look at the bitmap only if it is not
  // zero, and follow a null pointer if it is not zero without one.
  void validity(int64_t null_count, ArrayData& out, const FieldPath& path) {
    const uint8_t* bits = buffers_.take_validity(out.length, null_count, path);
    if (bits != nullptr) out.null_count = count_zeros(bits, out.length);
    out.buffers[0] = out.null_count == 0 ? nullptr : bits;
    out.n_buffers = 1;
  }

  void add(ArrayData& out, const uint8_t* buffer) {
    out.buffers[out.n_buffers++] = buffer;
  }

  void storage(const FieldType& type, ArrayData& out, const FieldPath& path) {
    const int64_t length = out.length;
    switch (type.layout) {
      case Layout::kNull:
        out.null_count = length;
        return;
      case Layout::kBool:
        return add(out, buffers_.take(bytes_of_bits(length), 1, path).data());
      case Layout::kFixed:
        return add(out, buffers_
                            .take(checked_product(length, type.width, path),
                                  type.alignment, path)
                            .data());
      case Layout::kBinary:
        return strings<int32_t>(type, out, path);
      case Layout::kLargeBinary:
        return strings<int64_t>(type, out, path);
      case Layout::kView:
        return views(type, out, path);
      case Layout::kList:
        return list<int32_t>(type, out, path);
      case Layout::kLargeList:
        return list<int64_t>(type, out, path);
      case Layout::kListView:
        return list_view<int32_t>(type, out, path);
      case Layout::kLargeListView:
        return list_view<int64_t>(type, out, path);
      case Layout::kFixedList:
        children(type.children, out, path);
        return need_child(out, 0, checked_product(length, type.width, path), path);
      case Layout::kStruct:
        children(type.children, out, path);
        return need_children(out, path);
      case Layout::kSparseUnion:
      case Layout::kDenseUnion:
        return unions(type, out, path);
      case Layout::kRunEnd:
        skip_old_validity(out, path);
        children(type.children, out, path);
        return check_run_end_array(type, out, path);
    }
  }

  static void need_child(const ArrayData& out, size_t child, int64_t length,
                         const FieldPath& path) {
    if (out.children[child].length >= length) return;
    bad_data(path, "a child has " + std::to_string(out.children[child].length) +
                       " rows where " + std::to_string(length) + " are needed");
  }

  static void need_children(const ArrayData& out, const FieldPath& path) {
    for (size_t i = 0; i < out.children.size(); ++i) {
      need_child(out, i, out.length, path);
    }
  }

  // Returns the last offset.
  template <class T>
  int64_t offsets(ArrayData& out, const FieldPath& path) {
    if (out.length == 0) {
      static_cast<void>(buffers_.take(0, 1, path));  // may be empty by the format
      add(out, zero_block());
      return 0;
    }
    const int64_t count = checked_sum(out.length, 1, path);
    const int64_t bytes = checked_product(count, sizeof(T), path);
    add(out, buffers_.take(bytes, alignof(T), path).data());
    const T* values = out.values<T>(1);
    if (!are_offsets(values, count)) bad_data(path, "offsets fall or are negative");
    return values[out.length];
  }

  template <class T>
  void strings(const FieldType& type, ArrayData& out, const FieldPath& path) {
    const int64_t size = offsets<T>(out, path);
    // The text of a slice may come with all that it was cut from.
    add(out, buffers_.take(size, 1, path, Excess::kAny).data());
    check_text(type, out, bodies_, path);
  }

  void views(const FieldType& type, ArrayData& out, const FieldPath& path) {
    add(out, buffers_.take(checked_product(out.length, 16, path), 8, path).data());
    out.is_view = true;
    const int64_t count = buffers_.next_variadic_count(path);
    for (int64_t i = 0; i < count; ++i) {
      out.view_data.push_back(buffers_.take(kUnknown, 1, path));
    }
    check_views(type, out, bodies_, path);
  }

  template <class T>
  void list(const FieldType& type, ArrayData& out, const FieldPath& path) {
    const int64_t last = offsets<T>(out, path);
    children(type.children, out, path);
    need_child(out, 0, last, path);
  }

  template <class T>
  void list_view(const FieldType& type, ArrayData& out, const FieldPath& path) {
    const int64_t bytes = checked_product(out.length, sizeof(T), path);
    add(out, buffers_.take(bytes, alignof(T), path).data());
    add(out, buffers_.take(bytes, alignof(T), path).data());
    children(type.children, out, path);
    if (!are_parts(out.values<T>(1), out.values<T>(2), out.length,
                   out.children[0].length)) {
      bad_data(path, "list views outside of their child");
    }
  }

  // In V4 every type but null had a validity buffer.
  void skip_old_validity(const ArrayData& out, const FieldPath& path) {
    if (context_.version != ipc::kVersion4) return;
    const uint8_t* bits = buffers_.take_validity(out.length, 0, path);
    if (bits != nullptr && count_zeros(bits, out.length) != 0) {
      bad_data(path, "NULLs of a kind that this type has only in the old format (V4)");
    }
  }

  void unions(const FieldType& type, ArrayData& out, const FieldPath& path) {
    const bool dense = type.layout == Layout::kDenseUnion;
    skip_old_validity(out, path);
    add(out, buffers_.take(out.length, 1, path).data());
    if (dense) {
      const int64_t bytes = checked_product(out.length, 4, path);
      add(out, buffers_.take(bytes, 4, path).data());
    }
    children(type.children, out, path);
    if (!dense) need_children(out, path);
    check_union(type, out, path);
  }

  flat::FixedVector nodes_;
  BufferReader buffers_;
  const BatchContext& context_;
  std::vector<Body>& bodies_;
  size_t used_ = 0;
};

}  // namespace

void decode_batch(const flat::Table& record_batch, const Body& body,
                  std::span<const FieldType> columns, const BatchContext& context,
                  ArrayData& out, std::vector<Body>& bodies) {
  if (body) bodies.push_back(body);
  const auto length = record_batch.scalar<int64_t>(ipc::record_batch::kLength, 0);
  BatchDecoder(record_batch, body, context, bodies).run(columns, length, out);
}

}  // namespace fletching
