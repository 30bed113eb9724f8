// SPDX-License-Identifier: Apache-2.0
// One column (or nested field) of Arrow data as Python objects. A converter is chosen
// once for a column, by its type alone, and then bound to each batch in turn.
// Used by one thread at a time, with the interpreter lock, without any core lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/owned.h"
#include "bindings/python/ref.h"
#include "bindings/python/rows_memo.h"
#include "fletching/row_options.h"

namespace fletching::python {

// A value that has no Python form under the options; the reader adds row and column.
struct ValueFault {
  std::string what;
};

class Converter {
 public:
  virtual ~Converter() = default;

  // The batch to read from now on; must outlive the next bind().
  virtual void bind(const ArrowArrayView& view) = 0;

  // Makes the values begin..begin+count (counted in the view, before its offset) as new
  // references in out, which the caller gives filled with nullptr. Filled in order, so
  // that after ValueFault or python_error the first nullptr is the culprit's place; the
  // caller releases what is there.
  virtual void fill(int64_t begin, int64_t count, PyObject** out) = 0;

  // Whether values are immutable and reach no container: such values may be shared
  // between rows, and a tuple of them need not be known to the garbage collector.
  [[nodiscard]] virtual bool atomic() const { return true; }
  // Whether values can be the keys of a dict.
  [[nodiscard]] virtual bool hashable() const { return true; }
};

using ConverterPtr = std::unique_ptr<Converter>;

// What the converters of one reader share: options, Python types, recent dates.
struct RowContext {
  explicit RowContext(const RowOptions& given);
  RowOptions options;
  DateMemo dates;
};

// Throws Error(kNotImplemented) naming the type, where it is none that is known.
[[nodiscard]] ConverterPtr make_converter(const ArrowSchema& schema,
                                          std::shared_ptr<RowContext> context);

// The common part of all but nulls, unions and run-end encoding.
class Leaf : public Converter {
 protected:
  void bind_validity(const ArrowArrayView& view) {
    offset_ = view.offset;
    validity_ = view.null_count == 0 ? nullptr : view.buffer_views[0].data.as_uint8;
  }
  [[nodiscard]] bool valid(int64_t at) const noexcept {  // `at` includes the offset
    return validity_ == nullptr || ((validity_[at >> 3] >> (at & 7)) & 1) != 0;
  }

  // out[i] = make(place in the buffers) or None.
  template <class Make>
  void each(int64_t begin, int64_t count, PyObject** out, Make make) const {
    const int64_t first = offset_ + begin;
    if (validity_ == nullptr) {
      for (int64_t i = 0; i < count; ++i) {
        out[i] = make(first + i);
        if (out[i] == nullptr) [[unlikely]]
          throw_python_error();
      }
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      out[i] = valid(first + i) ? make(first + i) : new_reference(Py_None);
      if (out[i] == nullptr) [[unlikely]]
        throw_python_error();
    }
  }

  int64_t offset_ = 0;
  const uint8_t* validity_ = nullptr;
};

// A floor division that is right below zero, as instants before 1970 need it.
constexpr int64_t floor_div(int64_t a, int64_t b) noexcept {
  const int64_t q = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}

// The makers of each family, one a file. nullptr where the type is not of the family.
[[nodiscard]] ConverterPtr make_number(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_text(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_binary(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_uuid(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_bool8(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_decimal(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_temporal(const ArrowSchemaView& type,
                                         std::shared_ptr<RowContext> context);
[[nodiscard]] ConverterPtr make_timestamp(const ArrowSchemaView& type,
                                          std::shared_ptr<RowContext> context);
[[nodiscard]] ConverterPtr make_interval(const ArrowSchemaView& type);
[[nodiscard]] ConverterPtr make_list(const ArrowSchemaView& type, ConverterPtr item);
[[nodiscard]] ConverterPtr make_struct(std::vector<std::string> names,
                                       std::vector<ConverterPtr> fields);
[[nodiscard]] ConverterPtr make_map(ConverterPtr key, ConverterPtr value, Maps maps);
[[nodiscard]] ConverterPtr make_union(const ArrowSchemaView& type,
                                      std::vector<ConverterPtr> children);
[[nodiscard]] ConverterPtr make_run_end_encoded(const ArrowSchema& run_ends,
                                                ConverterPtr values);
[[nodiscard]] ConverterPtr make_dictionary(const ArrowSchemaView& index,
                                           ConverterPtr values);

}  // namespace fletching::python
