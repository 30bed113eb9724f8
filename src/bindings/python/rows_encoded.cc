// SPDX-License-Identifier: Apache-2.0
// Columns whose values lie elsewhere: dictionaries, run-end encoding, unions.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "bindings/python/rows_converter.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

// One value of another converter.
PyObject* one(Converter& from, int64_t at) {
  PyObject* value = nullptr;
  from.fill(at, 1, &value);
  return value;
}

template <class Index>
class DictionaryConverter final : public Leaf {
 public:
  explicit DictionaryConverter(ConverterPtr values) : values_(std::move(values)) {}
  ~DictionaryConverter() override { forget(); }

  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    indices_ = static_cast<const Index*>(view.buffer_views[1].data.data);
    size_ = view.dictionary->length;
    values_->bind(*view.dictionary);
    forget();
    // Shared where that cannot be seen, and the table is no larger than what it serves.
    if (values_->atomic() && size_ <= 4 * view.length + 1024) {
      made_.resize(static_cast<size_t>(size_), nullptr);
    }
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    each(begin, count, out, [this](int64_t at) {
      const auto index = static_cast<int64_t>(indices_[at]);
      if (index < 0 || index >= size_)
        throw ValueFault{"the dictionary has no such index"};
      if (made_.empty()) return one(*values_, index);
      PyObject*& made = made_[static_cast<size_t>(index)];
      if (made == nullptr) made = one(*values_, index);
      return new_reference(made);
    });
  }
  [[nodiscard]] bool atomic() const override { return values_->atomic(); }
  [[nodiscard]] bool hashable() const override { return values_->hashable(); }

 private:
  void forget() noexcept {
    for (PyObject*& value : made_) Py_CLEAR(value);
    made_.clear();
  }

  ConverterPtr values_;
  const Index* indices_ = nullptr;
  int64_t size_ = 0;
  std::vector<PyObject*> made_;
};

template <class End>
class RunEndConverter final : public Converter {
 public:
  explicit RunEndConverter(ConverterPtr values) : values_(std::move(values)) {}

  void bind(const ArrowArrayView& view) override {
    offset_ = view.offset;
    const ArrowArrayView& ends = *view.children[0];
    ends_ = static_cast<const End*>(ends.buffer_views[1].data.data) + ends.offset;
    runs_ = ends.length;
    values_->bind(*view.children[1]);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    const bool share = values_->atomic();
    int64_t at = offset_ + begin;
    int64_t run = std::upper_bound(ends_, ends_ + runs_, at) - ends_;
    for (int64_t i = 0; i < count; ++run) {
      if (run >= runs_) throw ValueFault{"the run-end encoding ends before the column"};
      const int64_t stop = std::min<int64_t>(count, ends_[run] - (offset_ + begin));
      PyObject* value = nullptr;
      for (; i < stop; ++i) {
        if (value == nullptr || !share) {
          value = out[i] = one(*values_, run);
        } else {
          out[i] = new_reference(value);
        }
      }
    }
  }
  [[nodiscard]] bool atomic() const override { return values_->atomic(); }
  [[nodiscard]] bool hashable() const override { return values_->hashable(); }

 private:
  ConverterPtr values_;
  int64_t offset_ = 0;
  const End* ends_ = nullptr;
  int64_t runs_ = 0;
};

// The union's own type ids ("+ud:4,7"), each to its child.
std::array<int8_t, 128> children_of(const char* type_ids) {
  std::array<int8_t, 128> child{};
  child.fill(-1);
  int8_t next = 0;
  for (const char* p = type_ids; p != nullptr && *p != '\0';) {
    char* end = nullptr;
    const long id = std::strtol(p, &end, 10);
    if (end == p) break;
    if (id >= 0 && id < 128) child[static_cast<size_t>(id)] = next;
    ++next;
    p = *end == ',' ? end + 1 : end;
  }
  return child;
}

class UnionConverter final : public Converter {
 public:
  UnionConverter(const char* type_ids, bool dense, std::vector<ConverterPtr> children)
      : child_(children_of(type_ids)), dense_(dense), children_(std::move(children)) {}

  void bind(const ArrowArrayView& view) override {
    offset_ = view.offset;
    ids_ = view.buffer_views[0].data.as_int8;
    places_ = dense_ ? view.buffer_views[1].data.as_int32 : nullptr;
    for (size_t i = 0; i < children_.size(); ++i) children_[i]->bind(*view.children[i]);
  }
  void fill(int64_t begin, int64_t count, PyObject** out) override {
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = offset_ + begin + i;
      const int child = ids_[at] < 0 ? -1 : child_[static_cast<size_t>(ids_[at])];
      if (child < 0 || static_cast<size_t>(child) >= children_.size()) {
        throw ValueFault{"the union has no type id " + std::to_string(ids_[at])};
      }
      out[i] = one(*children_[static_cast<size_t>(child)], dense_ ? places_[at] : at);
    }
  }
  [[nodiscard]] bool atomic() const override { return all(&Converter::atomic); }
  [[nodiscard]] bool hashable() const override { return all(&Converter::hashable); }

 private:
  [[nodiscard]] bool all(bool (Converter::*what)() const) const {
    return std::all_of(children_.begin(), children_.end(),
                       [what](const ConverterPtr& c) { return (c.get()->*what)(); });
  }

  std::array<int8_t, 128> child_;
  bool dense_;
  std::vector<ConverterPtr> children_;
  int64_t offset_ = 0;
  const int8_t* ids_ = nullptr;
  const int32_t* places_ = nullptr;
};

template <class Index>
ConverterPtr dictionary_of(ConverterPtr values) {
  return std::make_unique<DictionaryConverter<Index>>(std::move(values));
}

}  // namespace

ConverterPtr make_dictionary(const ArrowSchemaView& index, ConverterPtr values) {
  switch (index.storage_type) {
    case NANOARROW_TYPE_INT8:
      return dictionary_of<int8_t>(std::move(values));
    case NANOARROW_TYPE_INT16:
      return dictionary_of<int16_t>(std::move(values));
    case NANOARROW_TYPE_INT32:
      return dictionary_of<int32_t>(std::move(values));
    case NANOARROW_TYPE_INT64:
      return dictionary_of<int64_t>(std::move(values));
    case NANOARROW_TYPE_UINT8:
      return dictionary_of<uint8_t>(std::move(values));
    case NANOARROW_TYPE_UINT16:
      return dictionary_of<uint16_t>(std::move(values));
    case NANOARROW_TYPE_UINT32:
      return dictionary_of<uint32_t>(std::move(values));
    case NANOARROW_TYPE_UINT64:
      return dictionary_of<uint64_t>(std::move(values));
    default:
      return nullptr;
  }
}

ConverterPtr make_run_end_encoded(const ArrowSchema& run_ends, ConverterPtr values) {
  switch (run_ends.format[0]) {
    case 's':
      return std::make_unique<RunEndConverter<int16_t>>(std::move(values));
    case 'i':
      return std::make_unique<RunEndConverter<int32_t>>(std::move(values));
    case 'l':
      return std::make_unique<RunEndConverter<int64_t>>(std::move(values));
    default:
      return nullptr;
  }
}

ConverterPtr make_union(const ArrowSchemaView& type,
                        std::vector<ConverterPtr> children) {
  return std::make_unique<UnionConverter>(type.union_type_ids,
                                          type.type == NANOARROW_TYPE_DENSE_UNION,
                                          std::move(children));
}

}  // namespace fletching::python
