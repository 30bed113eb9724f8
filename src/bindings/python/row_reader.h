// SPDX-License-Identifier: Apache-2.0
// Rows of a stream of batches as tuples: by column, in blocks of about a thousand rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bindings/python/batch_source.h"
#include "bindings/python/rows_converter.h"

namespace fletching::python {

// Every call with the interpreter lock. One thread reads at a time: a second one, or
// Python code that comes back into the reader, gets Error(kInvalidState). cancel() and
// close() may come from anywhere. Rows that were built when an error came are not lost:
// the next call gives them first.
class RowReader {
 public:
  RowReader(std::unique_ptr<BatchSource> source, const RowOptions& options);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  // A new reference to a tuple, or to None at the end.
  [[nodiscard]] PyObject* fetch_one();
  // New lists; `count` below 0 means all.
  [[nodiscard]] PyObject* fetch_many(int64_t count);

  // PEP 249's description: a new list of 7-tuples.
  [[nodiscard]] PyObject* description();
  // Rows handed out so far.
  [[nodiscard]] int64_t row_number() const noexcept { return handed_out_; }
  // Rows that can be handed out without asking the source for more.
  [[nodiscard]] int64_t at_hand() const noexcept {
    return waiting() + (batch_->release == nullptr ? 0 : batch_->length - at_);
  }

  // The next batch whole; released at the end. Throws Error(kInvalidState) where rows
  // of a batch were read and others of it were not.
  [[nodiscard]] UniqueArray next_whole_batch();
  // A new schema capsule of the batches.
  [[nodiscard]] Ref schema();
  // Where another reader goes on behind the rows that were handed out (rows of the
  // batch that is being read come again); empty: nowhere.
  [[nodiscard]] const std::string& position() const noexcept {
    const bool between = batch_->release == nullptr && waiting() == 0;
    return between ? position_ : position_before_;
  }

  // Ends what reads now, and later reading with kCancelled; nothing when all was read.
  void cancel() noexcept;
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  // Whether the last row was handed out, so that row_number() is all there were.
  [[nodiscard]] bool exhausted() const noexcept { return ended_ && waiting() == 0; }

  // Gives the source up for another use (an Arrow export). Throws Error(kInvalidState)
  // after the first row was read, or when closed.
  [[nodiscard]] std::unique_ptr<BatchSource> take_source();

 private:
  class Busy;
  class Cells;
  struct Column {
    std::string name;
    ConverterPtr converter;
  };

  void prepare();
  bool next_batch();
  // Builds at most `want` rows of this batch into ready_; throws at a row that has
  // none.
  void build_block(int64_t want);
  int64_t fill_columns(Cells& cells, int64_t count);
  void make_tuples(Cells& cells, int64_t count);
  [[noreturn]] void raise_fault(const ValueFault& fault, size_t column) const;
  void check_stopped();
  void breathe();
  [[nodiscard]] int64_t waiting() const noexcept {
    return static_cast<int64_t>(ready_.size() - ready_begin_);
  }
  PyObject* hand_out(int64_t count);
  void finish_close() noexcept;

  std::unique_ptr<BatchSource> source_;
  RowOptions options_;
  std::vector<Column> columns_;
  bool prepared_ = false;
  bool atomic_ = true;

  UniqueArrayView view_;
  UniqueArray batch_;
  std::string position_, position_before_;  // behind the batch, in front of it
  int64_t at_ = 0;                          // the next row of the batch
  int64_t built_ = 0;                       // rows of all batches

  std::vector<PyObject*> ready_;  // built and not handed out, from ready_begin_ on
  size_t ready_begin_ = 0;
  int64_t handed_out_ = 0;
  int64_t ahead_ = 16;  // how many fetch_one builds at once
  bool busy_ = false;
  bool closed_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
  int64_t breath_ = 0;
};

}  // namespace fletching::python
