// SPDX-License-Identifier: Apache-2.0
// Text, bytes and UUIDs.
#include <bit>

#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

struct Piece {
  const char* data;
  int64_t size;
};

// Where values lie with an offsets buffer.
template <class Offset>
class OffsetLayout {
 public:
  void bind(const ArrowArrayView& view) {
    offsets_ = static_cast<const Offset*>(view.buffer_views[1].data.data);
    data_ = static_cast<const char*>(view.buffer_views[2].data.data);
  }
  [[nodiscard]] Piece at(int64_t i) const noexcept {
    return {data_ + offsets_[i], static_cast<int64_t>(offsets_[i + 1] - offsets_[i])};
  }
  // All bytes of some values, nulls and all; they lie side by side.
  [[nodiscard]] Piece span(int64_t i, int64_t count) const noexcept {
    if (count == 0) return {data_, 0};
    return {data_ + offsets_[i],
            static_cast<int64_t>(offsets_[i + count] - offsets_[i])};
  }

 private:
  const Offset* offsets_ = nullptr;
  const char* data_ = nullptr;
};

// Where values lie with views: up to twelve bytes in the view itself.
class ViewLayout {
 public:
  void bind(const ArrowArrayView& view) {
    views_ = view.buffer_views[1].data.as_binary_view;
    buffers_ = view.variadic_buffers;
  }
  [[nodiscard]] Piece at(int64_t i) const noexcept {
    const ArrowBinaryView& v = views_[i];
    if (v.inlined.size <= 12) {
      return {reinterpret_cast<const char*>(v.inlined.data), v.inlined.size};
    }
    return {static_cast<const char*>(buffers_[v.ref.buffer_index]) + v.ref.offset,
            v.ref.size};
  }

 private:
  const union ArrowBinaryView* views_ = nullptr;
  const void** buffers_ = nullptr;
};

class FixedLayout {
 public:
  explicit FixedLayout(int64_t width) : width_(width) {}
  void bind(const ArrowArrayView& view) {
    data_ = static_cast<const char*>(view.buffer_views[1].data.data);
  }
  [[nodiscard]] Piece at(int64_t i) const noexcept {
    return {data_ + i * width_, width_};
  }

 private:
  int64_t width_;
  const char* data_ = nullptr;
};

bool is_ascii(const char* p, int64_t n) noexcept {
  uint64_t all = 0;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    uint64_t word[4];
    std::memcpy(word, p + i, sizeof word);
    all |= word[0] | word[1] | word[2] | word[3];
  }
  for (; i + 8 <= n; i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, sizeof word);
    all |= word;
  }
  for (; i < n; ++i) all |= static_cast<uint8_t>(p[i]);
  return (all & 0x8080808080808080u) == 0;
}

PyObject* new_ascii(Piece piece) {
  PyObject* text = PyUnicode_New(piece.size, 127);
  if (text != nullptr && piece.size > 0) {
    // PyUnicode_New(0) is shared; the others are ours alone until returned.
    std::memcpy(PyUnicode_1BYTE_DATA(text), piece.data,
                static_cast<size_t>(piece.size));
  }
  return text;
}

PyObject* new_text(Piece piece) {
  if (is_ascii(piece.data, piece.size)) return new_ascii(piece);
  PyObject* text = PyUnicode_DecodeUTF8(piece.data, piece.size, nullptr);
  if (text == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError) != 0) {
    PyErr_Clear();
    throw ValueFault{"the text is not valid UTF-8"};
  }
  return text;
}

template <class Layout>
class TextConverter final : public Leaf {
 public:
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    layout_.bind(view);
  }

  void fill(int64_t begin, int64_t count, PyObject** out) override {
    bool ascii = false;
    bool long_ones = false;
    if constexpr (requires { layout_.span(begin, count); }) {
      const Piece all = layout_.span(offset_ + begin, count);
      ascii = is_ascii(all.data, all.size);
      long_ones = all.size > 2 * ShortTextKey::kLongest * count;
    }
    if (long_ones || !judge_.worth_it()) {
      each(begin, count, out, [&](int64_t at) {
        const Piece piece = layout_.at(at);
        return ascii ? new_ascii(piece) : new_text(piece);
      });
      return;
    }
    int64_t hits = 0;
    each(begin, count, out, [&](int64_t at) -> PyObject* {
      const Piece piece = layout_.at(at);
      const auto make = [&] { return ascii ? new_ascii(piece) : new_text(piece); };
      if (piece.size > ShortTextKey::kLongest) return make();
      return memo_.get(ShortTextKey::of(piece.data, piece.size), hits, make);
    });
    judge_.record(count, hits);
  }

 private:
  Layout layout_;
  MemoJudge judge_;
  Memo<ShortTextKey, 512> memo_;
};

template <class Layout>
class BinaryConverter final : public Leaf {
 public:
  explicit BinaryConverter(Layout layout = {}) : layout_(layout) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    layout_.bind(view);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) {
      const Piece piece = layout_.at(at);
      return PyBytes_FromStringAndSize(piece.data, piece.size);
    });
  }

 private:
  Layout layout_;
};

// uuid.UUID made past its constructor, which takes about a microsecond.
class UuidConverter final : public Leaf {
 public:
  UuidConverter() : layout_(16) {
    Ref module = checked(PyImport_ImportModule("uuid"));
    type_ = checked(PyObject_GetAttrString(module.get(), "UUID"));
    Ref safety = checked(PyObject_GetAttrString(module.get(), "SafeUUID"));
    unknown_ = checked(PyObject_GetAttrString(safety.get(), "unknown"));
    int_name_ = checked(PyUnicode_InternFromString("int"));
    safe_name_ = checked(PyUnicode_InternFromString("is_safe"));
    no_arguments_ = checked(PyTuple_New(0));
  }
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    layout_.bind(view);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) { return make(layout_.at(at)); });
  }
  [[nodiscard]] bool atomic() const override { return false; }

 private:
  PyObject* make(Piece piece) const {
    Ref number(_PyLong_FromByteArray(reinterpret_cast<const unsigned char*>(piece.data),
                                     16, 0, 0));
    if (!number) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(type_.get());
    Ref uuid(PyBaseObject_Type.tp_new(type, no_arguments_.get(), nullptr));
    if (!uuid ||
        PyObject_GenericSetAttr(uuid.get(), int_name_.get(), number.get()) != 0 ||
        PyObject_GenericSetAttr(uuid.get(), safe_name_.get(), unknown_.get()) != 0) {
      return nullptr;
    }
    return uuid.release();
  }

  FixedLayout layout_;
  Ref type_, unknown_, int_name_, safe_name_, no_arguments_;
};

}  // namespace

ConverterPtr make_text(const ArrowSchemaView& type) {
  switch (type.type) {
    case NANOARROW_TYPE_STRING:
      return std::make_unique<TextConverter<OffsetLayout<int32_t>>>();
    case NANOARROW_TYPE_LARGE_STRING:
      return std::make_unique<TextConverter<OffsetLayout<int64_t>>>();
    case NANOARROW_TYPE_STRING_VIEW:
      return std::make_unique<TextConverter<ViewLayout>>();
    default:
      return nullptr;
  }
}

ConverterPtr make_binary(const ArrowSchemaView& type) {
  switch (type.type) {
    case NANOARROW_TYPE_BINARY:
      return std::make_unique<BinaryConverter<OffsetLayout<int32_t>>>();
    case NANOARROW_TYPE_LARGE_BINARY:
      return std::make_unique<BinaryConverter<OffsetLayout<int64_t>>>();
    case NANOARROW_TYPE_BINARY_VIEW:
      return std::make_unique<BinaryConverter<ViewLayout>>();
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return std::make_unique<BinaryConverter<FixedLayout>>(
          FixedLayout(type.fixed_size));
    default:
      return nullptr;
  }
}

ConverterPtr make_uuid(const ArrowSchemaView& type) {
  if (type.type != NANOARROW_TYPE_FIXED_SIZE_BINARY || type.fixed_size != 16) {
    return nullptr;
  }
  return std::make_unique<UuidConverter>();
}

}  // namespace fletching::python
