// SPDX-License-Identifier: Apache-2.0
#include "arrow/validate.h"

#include <array>
#include <bit>
#include <cstring>
#include <string>

#include "arrow/utf8.h"

namespace fletching {
namespace {

bool is_null(const ArrayData& data, int64_t i) {
  return data.buffers[0] != nullptr && !bit_at(data.buffers[0], i);
}

template <class T>
void check_indices_of(const ArrayData& data, int64_t size, const FieldPath& path) {
  using Unsigned = std::make_unsigned_t<T>;
  const auto* indices = data.values<Unsigned>(1);
  const auto limit = static_cast<uint64_t>(size);
  Unsigned largest = 0;  // a negative index becomes a very large one
  for (int64_t i = 0; i < data.length; ++i) {
    largest = indices[i] > largest ? indices[i] : largest;
  }
  if (data.length == 0 || largest < limit) return;
  for (int64_t i = 0; i < data.length; ++i) {
    if (indices[i] >= limit && !is_null(data, i)) {
      bad_data(path, "row " + std::to_string(i) + ": dictionary index " +
                         std::to_string(static_cast<T>(indices[i])) +
                         " is outside the dictionary's " + std::to_string(size) +
                         " values");
    }
  }
}

template <class T>
void check_run_ends_of(const ArrayData& data, const FieldPath& path) {
  const ArrayData& ends = data.children[0];
  const T* values = ends.values<T>(1);
  if (!are_run_ends(values, ends.length)) bad_data(path, "run ends do not rise");
  const int64_t last = ends.length == 0 ? 0 : values[ends.length - 1];
  if (last < data.length) bad_data(path, "run ends stop before the array does");
}

template <class T>
void check_text_of(ArrayData& data, std::vector<Body>& bodies, const FieldPath& path) {
  const T* offsets = data.values<T>(1);
  const uint8_t* bytes = data.buffers[2];
  const T first = offsets[0];
  const T last = offsets[data.length];
  const std::span all(bytes + first, static_cast<size_t>(last - first));
  if (is_ascii(all)) return;
  if (is_utf8(all)) {
    // All of it is text, so each string is if none begins inside a character.
    uint32_t inside = 0;
    for (int64_t i = 0; i < data.length; ++i) {
      if (offsets[i] < last) inside |= (bytes[offsets[i]] & 0xC0) == 0x80 ? 1u : 0u;
    }
    if (inside == 0) return;
  }
  Body repaired;
  for (int64_t i = 0; i < data.length; ++i) {
    const auto size = static_cast<size_t>(offsets[i + 1] - offsets[i]);
    if (is_utf8(std::span(bytes + offsets[i], size))) continue;
    if (!is_null(data, i)) {
      bad_data(path, "row " + std::to_string(i) + ": text that is not UTF-8");
    }
    if (!repaired) {
      repaired = Body::allocate(static_cast<size_t>(last));
      std::memcpy(repaired.data(), bytes, static_cast<size_t>(last));
    }
    std::memset(repaired.data() + offsets[i], ' ', size);
  }
  if (!repaired) return;
  data.buffers[2] = repaired.data();
  bodies.push_back(std::move(repaired));
}

// A view as it lies in memory: the first four bytes of the string, then the others of a
// short one (12 bytes at most), or the place of a long one.
struct View {
  int32_t size;
  uint8_t prefix[4];
  int32_t buffer;
  int32_t offset;
};
static_assert(sizeof(View) == 16);

constexpr int32_t kLongestInline = 12;

// The bytes of a short view that may be set, by its size: the rest must be zero,
// because consumers compare whole views.
struct ShortMask {
  uint64_t words[2];
};

constexpr std::array<ShortMask, kLongestInline + 1> short_masks() {
  std::array<ShortMask, kLongestInline + 1> masks{};
  for (size_t size = 0; size < masks.size(); ++size) {
    masks[size].words[0] = 0xFFFFFFFF;
    for (size_t byte = 4; byte < 4 + size; ++byte) {
      masks[size].words[byte / 8] |= uint64_t{0xFF} << (8 * (byte % 8));
    }
  }
  return masks;
}

constexpr auto kShortMasks = short_masks();
constexpr uint64_t kHighBits = 0x8080808080808080u;

class ViewChecker {
 public:
  ViewChecker(const FieldType& type, ArrayData& data, const FieldPath& path)
      : data_(data), path_(path), views_(data.buffers[1]) {
    for (const auto& buffer : data.view_data) {
      buffers_.push_back({buffer.data(), buffer.size()});
    }
    utf8_ = type.utf8;
  }

  void run(std::vector<Body>& bodies) {
    const bool ascii = check_places();
    if (utf8_ && !(buffers_are_ascii() && ascii)) check_text();
    if (!repaired_) return;
    data_.buffers[1] = repaired_.data();
    bodies.push_back(std::move(repaired_));
  }

 private:
  struct Buffer {
    const uint8_t* data;
    size_t size;
    bool ascii = false;
    bool utf8 = false;
  };

  // Places, prefixes, unused bytes. True if no short view has a byte of 0x80 and above.
  bool check_places() {
    uint64_t seen = 0;
    for (int64_t i = 0; i < data_.length; ++i) {
      uint64_t words[2];
      std::memcpy(words, views_ + 16 * i, sizeof words);
      const auto size = static_cast<uint32_t>(words[0]);
      if (size <= kLongestInline) {
        const ShortMask& mask = kShortMasks[size];
        seen |= (words[0] >> 32 << 32) | words[1];
        if (((words[0] & ~mask.words[0]) | (words[1] & ~mask.words[1])) != 0) {
          clear_unused(i, words, mask);
        }
      } else if (!is_in_place(words)) {
        if (!is_null(data_, i)) bad_place(i);
        repair(i, View{});
      }
    }
    return (seen & kHighBits) == 0;
  }

  [[nodiscard]] bool is_in_place(const uint64_t* words) const {
    const uint64_t size = words[0] & 0xFFFFFFFF;
    const uint64_t buffer = words[1] & 0xFFFFFFFF;
    const uint64_t offset = words[1] >> 32;
    // Negative numbers are above INT32_MAX here.
    if (size > INT32_MAX || offset > INT32_MAX || buffer >= buffers_.size())
      return false;
    const Buffer& in = buffers_[buffer];
    if (offset + size > in.size) return false;
    uint32_t prefix;
    std::memcpy(&prefix, in.data + offset, sizeof prefix);
    return prefix == words[0] >> 32;
  }

  void clear_unused(int64_t i, const uint64_t* words, const ShortMask& mask) {
    const uint64_t kept[2] = {words[0] & mask.words[0], words[1] & mask.words[1]};
    View view;
    std::memcpy(&view, kept, sizeof view);
    repair(i, view);
  }

  bool buffers_are_ascii() {
    bool all = true;
    for (Buffer& buffer : buffers_) {
      const std::span bytes(buffer.data, buffer.size);
      buffer.ascii = is_ascii(bytes);
      buffer.utf8 = buffer.ascii || is_utf8(bytes);
      all = all && buffer.ascii;
    }
    return all;
  }

  void check_text() {
    const uint8_t* views = repaired_ ? repaired_.data() : views_;
    for (int64_t i = 0; i < data_.length; ++i) {
      View view;
      std::memcpy(&view, views + 16 * i, sizeof view);
      const bool good = view.size <= kLongestInline
                            ? is_short_text(views + 16 * i, view.size)
                            : is_long_text(view);
      if (good) continue;
      if (!is_null(data_, i)) {
        bad_data(path_, "row " + std::to_string(i) + ": text that is not UTF-8");
      }
      repair(i, View{});
      views = repaired_.data();
    }
  }

  static bool is_short_text(const uint8_t* view, int32_t size) {
    uint64_t words[2];
    std::memcpy(words, view, sizeof words);
    if ((((words[0] >> 32) | words[1]) & kHighBits) == 0) return true;
    return is_utf8(std::span(view + 4, static_cast<size_t>(size)));
  }

  // In a buffer that is text as a whole, a part is text if it neither begins nor ends
  // inside of a character.
  [[nodiscard]] bool is_long_text(const View& view) const {
    const Buffer& in = buffers_[static_cast<size_t>(view.buffer)];
    if (in.ascii) return true;
    const uint8_t* begin = in.data + view.offset;
    if (!in.utf8) return is_utf8(std::span(begin, static_cast<size_t>(view.size)));
    const uint8_t* end = begin + view.size;
    const bool cut = end < in.data + in.size && (*end & 0xC0) == 0x80;
    return (*begin & 0xC0) != 0x80 && !cut;
  }

  [[noreturn]] void bad_place(int64_t i) {
    bad_data(path_, "row " + std::to_string(i) +
                        ": a view points outside of its buffers, or has not the prefix "
                        "of what it points to");
  }

  void repair(int64_t i, const View& view) {
    if (!repaired_) {
      const auto size = static_cast<size_t>(data_.length) * sizeof(View);
      repaired_ = Body::allocate(size);
      std::memcpy(repaired_.data(), views_, size);
    }
    std::memcpy(repaired_.data() + 16 * i, &view, sizeof view);
  }

  bool utf8_ = false;
  ArrayData& data_;
  const FieldPath& path_;
  const uint8_t* views_;
  std::vector<Buffer> buffers_;
  Body repaired_;
};

}  // namespace

int64_t count_zeros(const uint8_t* bits, int64_t length) noexcept {
  int64_t ones = 0;
  int64_t i = 0;
  for (; i + 64 <= length; i += 64) {
    uint64_t word;
    std::memcpy(&word, bits + i / 8, sizeof word);
    ones += std::popcount(word);
  }
  for (; i + 8 <= length; i += 8) ones += std::popcount(bits[i / 8]);
  if (i < length) {
    const unsigned mask = (1u << (length - i)) - 1;
    ones += std::popcount(bits[i / 8] & mask);
  }
  return length - ones;
}

void check_indices(const FieldType& type, const ArrayData& data, int64_t size,
                   const FieldPath& path) {
  const bool is_signed = type.is_signed;
  switch (type.width) {
    case 1:
      return is_signed ? check_indices_of<int8_t>(data, size, path)
                       : check_indices_of<uint8_t>(data, size, path);
    case 2:
      return is_signed ? check_indices_of<int16_t>(data, size, path)
                       : check_indices_of<uint16_t>(data, size, path);
    case 4:
      return is_signed ? check_indices_of<int32_t>(data, size, path)
                       : check_indices_of<uint32_t>(data, size, path);
    default:
      return is_signed ? check_indices_of<int64_t>(data, size, path)
                       : check_indices_of<uint64_t>(data, size, path);
  }
}

void check_union(const FieldType& type, const ArrayData& data, const FieldPath& path) {
  const auto* ids = data.values<uint8_t>(0);
  const auto* offsets = data.values<int32_t>(1);
  const bool dense = type.layout == Layout::kDenseUnion;
  for (int64_t i = 0; i < data.length; ++i) {
    const int child = ids[i] > 127 ? -1 : type.child_of_id[ids[i]];
    if (child < 0) {
      bad_data(path, "row " + std::to_string(i) + ": unknown union type id " +
                         std::to_string(static_cast<int8_t>(ids[i])));
    }
    if (!dense) continue;
    const int64_t limit = data.children[static_cast<size_t>(child)].length;
    if (offsets[i] < 0 || offsets[i] >= limit) {
      bad_data(path, "row " + std::to_string(i) + ": a union's offset is outside of " +
                         "its child");
    }
  }
}

void check_run_end_array(const FieldType& type, const ArrayData& data,
                         const FieldPath& path) {
  const ArrayData& ends = data.children[0];
  if (ends.null_count != 0) bad_data(path, "run ends are null");
  if (data.children[1].length < ends.length) bad_data(path, "fewer values than runs");
  switch (type.children[0].width) {
    case 2:
      return check_run_ends_of<int16_t>(data, path);
    case 4:
      return check_run_ends_of<int32_t>(data, path);
    default:
      return check_run_ends_of<int64_t>(data, path);
  }
}

void check_text(const FieldType& type, ArrayData& data, std::vector<Body>& bodies,
                const FieldPath& path) {
  if (!type.utf8 || data.length == 0) return;
  if (type.layout == Layout::kBinary) return check_text_of<int32_t>(data, bodies, path);
  check_text_of<int64_t>(data, bodies, path);
}

void check_views(const FieldType& type, ArrayData& data, std::vector<Body>& bodies,
                 const FieldPath& path) {
  ViewChecker(type, data, path).run(bodies);
}

}  // namespace fletching
