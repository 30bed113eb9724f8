// SPDX-License-Identifier: Apache-2.0
// A changelog applied: the table that its events describe, at any time as Arrow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result_stream.h"
#include "arrow/row_slices.h"

namespace fletching::flink {

struct ChangelogOptions {
  // Positions of the upsert key (the statement's upsert_columns). Empty: keyless, rows
  // are told apart by all their values.
  std::vector<size_t> key;
  // The most live rows, and the most bytes(); 0: no limit. An event that would pass it
  // throws kInvalidState and changes nothing.
  int64_t max_rows = 0;
  int64_t max_bytes = 0;
  // A retraction of a row (keyless), a delete of a key (keyed) that is not there.
  enum class Missing : uint8_t { kError, kIgnore } missing = Missing::kError;
};

// Applies events at O(1) each, whatever the number of live rows.
//
//          keyed                              keyless
//   +I +U  the row of its key: in the place   a row more, at the end
//          of the old one, or at the end
//   -U     nothing                            the youngest equal row goes
//   -D     the row of its key goes            the youngest equal row goes
//
// Rows keep their order otherwise. Equal means the same value: 0.0 and -0.0 are two, a
// NaN is equal to itself, as Flink compares rows. Between events that belong together
// (+U before its -U) there may be rows too many; a well-formed changelog ends right.
//
// One thread at a time. Snapshots are independent of it.
class Changelog {
 public:
  // schema: a struct of the columns. Throws kInvalidArgument for a key that names no
  // column, kNotImplemented for types that the decoder does not make.
  Changelog(const ArrowSchema& schema, ChangelogOptions options = {});
  ~Changelog();
  Changelog(Changelog&&) noexcept;
  Changelog& operator=(Changelog&&) noexcept;

  // Applies the batch's events from the one numbered `from` on, in order. Throws Error
  // whose details hold "event", the number of the one that failed: those before it are
  // applied, it and those after it are not.
  void apply(const Batch& batch, int64_t from = 0);

  [[nodiscard]] const ArrowSchema& schema() const noexcept;
  [[nodiscard]] int64_t size() const noexcept;    // live rows
  [[nodiscard]] int64_t events() const noexcept;  // applied so far
  // About what the live rows take, and those that are remembered for delta(). Snapshots
  // take as much again.
  [[nodiscard]] int64_t bytes() const noexcept;
  [[nodiscard]] uint64_t version() const noexcept;  // changes when the rows do

  // The live rows in order, in batches that all snapshots share while nothing in their
  // part of the table changed. At no cost when nothing did.
  [[nodiscard]] std::vector<SharedRows> snapshot();
  // The same as a stream of its own.
  [[nodiscard]] std::unique_ptr<ResultStream> snapshot_stream();

  // What changed since the last delta(), net: applied to the rows of then it gives
  // those of now. First what went (-D), then, keyed, pairs -U +U of rows that changed
  // in their place, then what came (+I). What went and came back is not mentioned. The
  // first call gives all rows as +I and from then on remembers what goes.
  [[nodiscard]] Batch delta();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fletching::flink
