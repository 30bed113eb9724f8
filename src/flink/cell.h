// SPDX-License-Identifier: Apache-2.0
// One column of a result, or a part of a nested one, on its way from a page's JSON to
// an Arrow array. Private to the decoder's files.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "arrow/owned.h"
#include "flink/json.h"
#include "flink/page_decoder.h"
#include "flink/scalars.h"

namespace fletching::flink {

// What is left of a PLAIN_TEXT value of a nested type: "[1, NULL]", "(1, x'00')".
class PlainText {
 public:
  explicit PlainText(std::string_view text) : whole_(text), rest_(text) {}

  [[nodiscard]] bool take(std::string_view what) noexcept {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  void expect(std::string_view what) {
    if (!take(what)) refuse();
  }
  // NULL, and nothing that only begins so.
  [[nodiscard]] bool take_null() noexcept {
    if (!rest_.starts_with("NULL") || scalar_size() != 4) return false;
    rest_.remove_prefix(4);
    return true;
  }
  // Of types whose texts hold none of , ] ) } =
  [[nodiscard]] std::string_view take_scalar() noexcept {
    const std::string_view taken = rest_.substr(0, scalar_size());
    rest_.remove_prefix(taken.size());
    return taken;
  }
  void end() const {
    if (!rest_.empty()) refuse();
  }
  [[noreturn]] void refuse() const { bad_text(whole_, "value of its type"); }

 private:
  [[nodiscard]] size_t scalar_size() const noexcept {
    const size_t end = rest_.find_first_of(",])}=");
    return end == std::string_view::npos ? rest_.size() : end;
  }
  std::string_view whole_, rest_;
};

class Cell {
 public:
  virtual ~Cell() = default;

  // Append one value, or throw BadValue, after which some of it may be there:
  // truncate() mends that. Error for a page that is no JSON.
  virtual void json(json::value& value) = 0;
  virtual void plain(PlainText& text) = 0;       // a part of a PLAIN_TEXT value
  virtual void text(std::string_view text) = 0;  // of scalars: the value alone
  virtual void null() = 0;

  virtual void truncate(int64_t length) = 0;
  // Moves the values out, into an array of the column's type, and begins anew.
  virtual void finish(ArrowArray* out) = 0;

  [[nodiscard]] int64_t length() const noexcept { return length_; }

 protected:
  int64_t length_ = 0;
};

using CellPtr = std::unique_ptr<Cell>;

// What all cells of a result share.
struct CellContext {
  Encoding encoding;
  VariantForm variant;
  Zone zone;
  const char* page_end = nullptr;  // of the page that is being read
};

// The types are those that arrow_schema() and check_determined() let pass; the context
// outlives the cell.
[[nodiscard]] CellPtr make_cell(const Type& type, CellContext& context);

// The makers of each family, one a file; nullptr for types of another.
[[nodiscard]] CellPtr make_scalar_cell(const Type& type, CellContext& context);
[[nodiscard]] CellPtr make_text_cell(const Type& type, CellContext& context);
[[nodiscard]] CellPtr make_nested_cell(const Type& type, CellContext& context);
[[nodiscard]] CellPtr make_variant_cell(const Type& type, CellContext& context);

}  // namespace fletching::flink
