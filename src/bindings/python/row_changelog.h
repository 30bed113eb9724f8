// SPDX-License-Identifier: Apache-2.0
// A changelog of Python rows, whatever they are: tuples, dicts, named tuples. Rules and
// order are those of flink::Changelog; rows are equal as Python's == says.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bindings/python/ref.h"
#include "flink/changelog_table.h"

namespace fletching::python {

// With the interpreter lock, by one thread at a time; code of the rows' own that comes
// back in here gets Error(kInvalidState). Rows of plain values in tuples are shared
// with the caller; those that can be changed (dicts, lists) are copied on their way
// out.
class RowChangelog {
 public:
  struct Options {
    std::vector<Ref> key;  // what a row is asked for, row[k]; empty: keyless
    int64_t max_rows = 0;  // 0: no limit
    bool ignore_missing = false;
  };
  // kinds: the objects that stand for +I, -U, +U, -D.
  RowChangelog(Options options, std::array<Ref, 4> kinds);

  // Applies (kind, row) pairs of a sequence in order; how many. Throws Error whose
  // details hold "event": those before it are applied.
  int64_t apply(PyObject* pairs, int64_t from = 0);
  // The same of rows alone, with kinds as bytes 0 to 3, or None: all +I.
  int64_t apply_rows(PyObject* kinds, PyObject* rows, int64_t from = 0);

  // A tuple of the live rows in order; the same object while nothing has changed (and
  // no row can be changed by others).
  [[nodiscard]] Ref snapshot();
  // As flink::Changelog::delta(): a list of (kind, row).
  [[nodiscard]] Ref delta();

  [[nodiscard]] int64_t size() const noexcept {
    return static_cast<int64_t>(table_.live());
  }
  [[nodiscard]] int64_t events() const noexcept { return events_; }

 private:
  class Busy;
  struct Row {
    Ref row, key;  // key: of the keyed
    bool shared = true;
  };
  using Table = flink::ChangelogTable<Row>;

  int kind_of(PyObject* kind) const;
  void apply_event(int kind, PyObject* row);
  void put(Row row, uint64_t hash, PyObject* identity);
  void remove(int kind, uint64_t hash, PyObject* identity);
  [[nodiscard]] bool keyed() const noexcept { return !options_.key.empty(); }
  [[nodiscard]] Ref key_of(PyObject* row) const;
  [[nodiscard]] const Ref& identity_of(const Row& row) const noexcept {
    return keyed() ? row.key : row.row;
  }
  [[nodiscard]] Ref out(const Row& row) const;

  Options options_;
  std::array<Ref, 4> kinds_;
  Table table_;
  int64_t events_ = 0;
  int64_t unshared_ = 0;  // live rows that are copied on their way out
  Ref snapshot_;
  bool busy_ = false;
};

}  // namespace fletching::python
