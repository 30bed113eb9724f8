// SPDX-License-Identifier: Apache-2.0
// Lists of all layouts, and maps, which are lists of entries.
#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

struct Range {
  int64_t begin, size;
};

template <class Offset>
class Offsets {
 public:
  void bind(const ArrowArrayView& view) {
    offsets_ = static_cast<const Offset*>(view.buffer_views[1].data.data);
  }
  [[nodiscard]] Range at(int64_t i) const noexcept {
    return {offsets_[i], static_cast<int64_t>(offsets_[i + 1]) - offsets_[i]};
  }

 private:
  const Offset* offsets_ = nullptr;
};

template <class Offset>
class OffsetsAndSizes {
 public:
  void bind(const ArrowArrayView& view) {
    offsets_ = static_cast<const Offset*>(view.buffer_views[1].data.data);
    sizes_ = static_cast<const Offset*>(view.buffer_views[2].data.data);
  }
  [[nodiscard]] Range at(int64_t i) const noexcept { return {offsets_[i], sizes_[i]}; }

 private:
  const Offset* offsets_ = nullptr;
  const Offset* sizes_ = nullptr;
};

class FixedSize {
 public:
  explicit FixedSize(int64_t size) : size_(size) {}
  void bind(const ArrowArrayView&) {}
  [[nodiscard]] Range at(int64_t i) const noexcept { return {i * size_, size_}; }

 private:
  int64_t size_;
};

template <class Layout>
class ListConverter final : public Leaf {
 public:
  ListConverter(Layout layout, ConverterPtr item)
      : layout_(layout), item_(std::move(item)) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    layout_.bind(view);
    item_->bind(*view.children[0]);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) -> PyObject* {
      const Range range = layout_.at(at);
      Ref list(PyList_New(range.size));
      if (!list) return nullptr;
      // A list is made of null pointers, and may be released with some left.
      if (range.size > 0) {
        item_->fill(range.begin, range.size,
                    reinterpret_cast<PyListObject*>(list.get())->ob_item);
      }
      return list.release();
    });
  }
  [[nodiscard]] bool atomic() const override { return false; }
  [[nodiscard]] bool hashable() const override { return false; }

 private:
  Layout layout_;
  ConverterPtr item_;
};

// Owned references that become values of something else.
class Scratch {
 public:
  ~Scratch() { clear(); }
  PyObject** room(int64_t count) {
    clear();
    items_.resize(static_cast<size_t>(count), nullptr);
    return items_.data();
  }
  PyObject* operator[](int64_t i) const noexcept {
    return items_[static_cast<size_t>(i)];
  }

 private:
  void clear() noexcept {
    for (PyObject*& item : items_) Py_CLEAR(item);
    items_.clear();
  }
  std::vector<PyObject*> items_;
};

class MapConverter final : public Leaf {
 public:
  MapConverter(ConverterPtr key, ConverterPtr value, bool as_dict)
      : key_(std::move(key)), value_(std::move(value)), as_dict_(as_dict) {}
  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    offsets_.bind(view);
    const ArrowArrayView& entries = *view.children[0];
    entries_offset_ = entries.offset;
    key_->bind(*entries.children[0]);
    value_->bind(*entries.children[1]);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) {
      Range range = offsets_.at(at);
      range.begin += entries_offset_;
      Scratch keys;
      Scratch values;
      key_->fill(range.begin, range.size, keys.room(range.size));
      value_->fill(range.begin, range.size, values.room(range.size));
      return as_dict_ ? dict(keys, values, range.size)
                      : pairs(keys, values, range.size);
    });
  }
  [[nodiscard]] bool atomic() const override { return false; }
  [[nodiscard]] bool hashable() const override { return false; }

 private:
  static PyObject* dict(const Scratch& keys, const Scratch& values, int64_t count) {
    Ref made(PyDict_New());
    if (!made) return nullptr;
    for (int64_t i = 0; i < count; ++i) {
      if (PyDict_SetItem(made.get(), keys[i], values[i]) != 0) return nullptr;
      if (PyDict_GET_SIZE(made.get()) != i + 1) {
        throw ValueFault{"the map has the key " + shown(keys[i]) +
                         " twice (pass maps='pairs' to get maps as lists of pairs)"};
      }
    }
    return made.release();
  }

  static PyObject* pairs(const Scratch& keys, const Scratch& values, int64_t count) {
    Ref list(PyList_New(count));
    if (!list) return nullptr;
    for (int64_t i = 0; i < count; ++i) {
      PyObject* pair = PyTuple_Pack(2, keys[i], values[i]);
      if (pair == nullptr) return nullptr;
      PyList_SET_ITEM(list.get(), i, pair);
    }
    return list.release();
  }

  static std::string shown(PyObject* key) {
    Ref text = checked(PyObject_Repr(key));
    const char* bytes = PyUnicode_AsUTF8(text.get());
    if (bytes == nullptr) {
      PyErr_Clear();
      return "?";
    }
    return bytes;
  }

  Offsets<int32_t> offsets_;
  int64_t entries_offset_ = 0;
  ConverterPtr key_, value_;
  bool as_dict_;
};

template <class Layout>
ConverterPtr list_of(Layout layout, ConverterPtr item) {
  return std::make_unique<ListConverter<Layout>>(layout, std::move(item));
}

}  // namespace

ConverterPtr make_list(const ArrowSchemaView& type, ConverterPtr item) {
  switch (type.type) {
    case NANOARROW_TYPE_LIST:
      return list_of(Offsets<int32_t>(), std::move(item));
    case NANOARROW_TYPE_LARGE_LIST:
      return list_of(Offsets<int64_t>(), std::move(item));
    case NANOARROW_TYPE_LIST_VIEW:
      return list_of(OffsetsAndSizes<int32_t>(), std::move(item));
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
      return list_of(OffsetsAndSizes<int64_t>(), std::move(item));
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return list_of(FixedSize(type.fixed_size), std::move(item));
    default:
      return nullptr;
  }
}

ConverterPtr make_map(ConverterPtr key, ConverterPtr value, Maps maps) {
  const bool as_dict = maps == Maps::kDict && key->hashable();
  return std::make_unique<MapConverter>(std::move(key), std::move(value), as_dict);
}

}  // namespace fletching::python
