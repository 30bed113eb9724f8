// SPDX-License-Identifier: Apache-2.0
// Flink's result pages as rows and Arrow batches, for code that has fetched them
// itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bindings/python/row_reader.h"
#include "flink/page_decoder.h"

namespace fletching::python {

class FlinkPages;

// One page. All calls with the interpreter lock; keeps nothing of its decoder alive but
// what its rows need.
class FlinkPage {
 public:
  FlinkPage(flink::Page page, int64_t rows_before)
      : cursor_(std::move(page), rows_before) {}

  // The next batch: rows up to a fault, or all. Throws at a fault, again and again
  // until skip().
  [[nodiscard]] bool next(Batch& out) { return cursor_.next(out); }
  void skip() noexcept { cursor_.skip(); }
  [[nodiscard]] const flink::PageCursor& cursor() const noexcept { return cursor_; }

 private:
  flink::PageCursor cursor_;
};

// Decodes the pages of one result. Used by one thread at a time.
class FlinkPages {
 public:
  FlinkPages(flink::Encoding encoding, flink::DecodeOptions options,
             const RowOptions& rows);
  ~FlinkPages();

  void set_columns(const std::string& json);
  [[nodiscard]] flink::PageDecoder& decoder() noexcept { return decoder_; }

  // Gives up the interpreter lock while it decodes.
  [[nodiscard]] std::unique_ptr<FlinkPage> decode(std::string json);
  // A batch of this result as a new list of tuples.
  [[nodiscard]] PyObject* tuples(UniqueArray rows);

 private:
  class Queue;

  flink::PageDecoder decoder_;
  RowOptions options_;
  int64_t rows_before_ = 0;
  Queue* queue_ = nullptr;             // what reader_ reads
  std::unique_ptr<RowReader> reader_;  // made once: its converters are dear
};

}  // namespace fletching::python
