// SPDX-License-Identifier: Apache-2.0
#include "arrow/row_slices.h"
#include "fletching/error.h"
#include "flink/page_decoder.h"

namespace fletching::flink {

PageCursor::PageCursor(Page page, int64_t rows_before)
    : info_(std::move(page.info)),
      ops_(std::move(page.ops)),
      faults_(std::move(page.faults)),
      rows_before_(rows_before) {
  if (page.rows->release != nullptr) {
    length_ = page.rows->length;
    rows_ = std::make_shared<const UniqueArray>(std::move(page.rows));
  }
  rows_of_page_ = length_;
  for (const Fault& fault : faults_) rows_of_page_ += fault.replaced ? 0 : 1;
}

bool PageCursor::next(Batch& out) {
  while (fault_ < faults_.size() && faults_[fault_].replaced) ++fault_;
  const bool whole = fault_ == faults_.size();
  const int64_t end = whole ? length_ : faults_[fault_].before;
  if (at_ == end) {
    if (whole) return false;
    raise(faults_[fault_]);
  }
  out.rows = slice_rows(rows_, at_, end - at_);
  out.ops.clear();
  if (!ops_.empty()) out.ops.assign(ops_.begin() + at_, ops_.begin() + end);
  at_ = end;
  if (whole) rows_.reset();
  return true;
}

void PageCursor::skip() noexcept {
  if (fault_ < faults_.size() && at_ == faults_[fault_].before) ++fault_;
}

void PageCursor::raise(const Fault& fault) const {
  const int64_t row = rows_before_ + fault.row + 1;
  throw Error(Code::kInvalidData,
              "reading row " + std::to_string(row) + " of the result: " + fault.what,
              "", 0,
              {{"row_number", std::to_string(row)},
               {"column", fault.column < 0 ? "" : std::to_string(fault.column + 1)},
               {"row", fault.json}});
}

}  // namespace fletching::flink
