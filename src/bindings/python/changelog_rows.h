// SPDX-License-Identifier: Apache-2.0
// The live rows of a changelog as tuples, each batch of which is made once.
#pragma once

#include <memory>
#include <vector>

#include "bindings/python/ref.h"
#include "bindings/python/row_reader.h"
#include "flink/changelog.h"

namespace fletching::python {

// A reader of what a stream has; with the interpreter lock.
[[nodiscard]] std::unique_ptr<RowReader> reader_of(std::unique_ptr<ResultStream> stream,
                                                   const RowOptions& options);

// With the interpreter lock, by one thread at a time.
class ChangelogRows {
 public:
  // The changelog outlives it.
  ChangelogRows(flink::Changelog& changelog, const RowOptions& options)
      : changelog_(changelog), options_(options) {}
  ChangelogRows(const ChangelogRows&) = delete;
  ChangelogRows& operator=(const ChangelogRows&) = delete;

  // A new list of lists of rows, in order. A list whose rows did not change since the
  // last call is that call's, and nobody may write to it.
  [[nodiscard]] Ref now();

 private:
  struct Part {
    SharedRows rows;
    Ref tuples;
  };

  flink::Changelog& changelog_;
  const RowOptions options_;
  std::vector<Part> parts_;  // of the last call
};

}  // namespace fletching::python
