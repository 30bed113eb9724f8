// SPDX-License-Identifier: Apache-2.0
// Structs as dicts; where two fields have one name, as tuples of (name, value).
#include <algorithm>
#include <set>

#include "bindings/python/rows_converter.h"

namespace fletching::python {
namespace {

class StructConverter final : public Leaf {
 public:
  StructConverter(const std::vector<std::string>& names,
                  std::vector<ConverterPtr> fields)
      : fields_(std::move(fields)) {
    for (const std::string& name : names) {
      PyObject* text = PyUnicode_DecodeUTF8(
          name.data(), static_cast<Py_ssize_t>(name.size()), "replace");
      if (text == nullptr) throw_python_error();
      PyUnicode_InternInPlace(&text);
      names_.emplace_back(text);
    }
    distinct_ =
        std::set<std::string>(names.begin(), names.end()).size() == names.size();
  }

  void bind(const ArrowArrayView& view) override {
    bind_validity(view);
    for (size_t i = 0; i < fields_.size(); ++i) fields_[i]->bind(*view.children[i]);
  }

  void fill(int64_t begin, int64_t count, PyObject** out) override {
    const int64_t first = offset_ + begin;
    for (int64_t i = 0; i < count;) {
      if (!valid(first + i)) {
        out[i++] = new_reference(Py_None);
        continue;
      }
      // Below a null struct anything may lie: only runs of valid ones are looked at.
      int64_t end = i + 1;
      while (end < count && end - i < kRun && valid(first + end)) ++end;
      fill_run(first + i, end - i, out + i);
      i = end;
    }
  }
  [[nodiscard]] bool atomic() const override { return false; }
  [[nodiscard]] bool hashable() const override { return false; }

 private:
  static constexpr int64_t kRun = 256;

  // The values of one field after the other, `count` of each; released with this.
  struct Values {
    explicit Values(size_t size) : items(size, nullptr) {}
    ~Values() {
      for (PyObject* item : items) Py_XDECREF(item);
    }
    std::vector<PyObject*> items;
  };

  void fill_run(int64_t at, int64_t count, PyObject** out) {
    const auto n = static_cast<size_t>(count);
    Values values(fields_.size() * n);
    size_t good = n;  // up to the first value that has no form in any field
    std::exception_ptr fault;
    for (size_t f = 0; f < fields_.size(); ++f) {
      PyObject** column = values.items.data() + f * n;
      try {
        fields_[f]->fill(at, static_cast<int64_t>(good), column);
      } catch (const ValueFault&) {
        fault = std::current_exception();
        good = static_cast<size_t>(std::find(column, column + good, nullptr) - column);
      }
    }
    for (size_t i = 0; i < good; ++i) {
      out[i] = distinct_ ? dict(values, n, i) : pairs(values, n, i);
      if (out[i] == nullptr) throw_python_error();
    }
    if (fault) std::rethrow_exception(fault);
  }

  PyObject* dict(const Values& values, size_t stride, size_t row) const {
    Ref made(PyDict_New());
    if (!made) return nullptr;
    for (size_t f = 0; f < fields_.size(); ++f) {
      if (PyDict_SetItem(made.get(), names_[f].get(), values.items[f * stride + row]) !=
          0) {
        return nullptr;
      }
    }
    return made.release();
  }

  PyObject* pairs(const Values& values, size_t stride, size_t row) const {
    Ref made(PyTuple_New(static_cast<Py_ssize_t>(fields_.size())));
    if (!made) return nullptr;
    for (size_t f = 0; f < fields_.size(); ++f) {
      PyObject* pair = PyTuple_Pack(2, names_[f].get(), values.items[f * stride + row]);
      if (pair == nullptr) return nullptr;
      PyTuple_SET_ITEM(made.get(), static_cast<Py_ssize_t>(f), pair);
    }
    return made.release();
  }

  std::vector<Ref> names_;
  std::vector<ConverterPtr> fields_;
  bool distinct_ = true;
};

}  // namespace

ConverterPtr make_struct(std::vector<std::string> names,
                         std::vector<ConverterPtr> fields) {
  return std::make_unique<StructConverter>(names, std::move(fields));
}

}  // namespace fletching::python
