// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/row_reader.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>

#include "bindings/python/arenas.h"
#include "bindings/python/description.h"
#include "bindings/python/gil.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

constexpr int64_t kBlock = 1024;
constexpr int64_t kManyRows = 16 * kBlock;
constexpr int64_t kBreathNanoseconds = 5'000'000;

int64_t now_nanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() /
         std::chrono::nanoseconds(1);
}

}  // namespace

// Marks the reader as in use; a close() that came meanwhile is done at its end.
class RowReader::Busy {
 public:
  explicit Busy(RowReader& reader) : reader_(reader) {
    if (reader.closed_) throw Error(Code::kInvalidState, "fetch: the cursor is closed");
    if (reader.busy_) {
      throw Error(Code::kInvalidState,
                  "fetch: another thread is reading this cursor (give each its own)");
    }
    reader.busy_ = true;
  }
  ~Busy() {
    reader_.busy_ = false;
    if (reader_.closed_) reader_.finish_close();
  }

 private:
  RowReader& reader_;
};

// The values of one block, column after column. Rows below `done` have moved out.
class RowReader::Cells {
 public:
  Cells(size_t columns, int64_t rows)
      : stride_(static_cast<size_t>(rows)), items_(columns * stride_, nullptr) {}
  ~Cells() {
    for (size_t i = 0; i < items_.size(); ++i) {
      if (i % stride_ >= static_cast<size_t>(done)) Py_XDECREF(items_[i]);
    }
  }
  PyObject** column(size_t c) noexcept { return items_.data() + c * stride_; }

  int64_t done = 0;

 private:
  size_t stride_;
  std::vector<PyObject*> items_;
};

RowReader::RowReader(std::unique_ptr<BatchSource> source, const RowOptions& options)
    : source_(std::move(source)), options_(options) {}

RowReader::~RowReader() {
  closed_ = true;
  finish_close();
}

void RowReader::prepare() {
  if (prepared_) return;
  const ArrowSchema& schema = source_->schema();
  if (std::strcmp(schema.format, "+s") != 0) {
    throw Error(Code::kInvalidData,
                "rows: the stream is no table (its type is not struct)");
  }
  auto context = std::make_shared<RowContext>(options_);
  std::vector<Column> columns;
  bool atomic = schema.n_children > 0;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = *schema.children[i];
    columns.push_back(
        {field.name != nullptr ? field.name : "", make_converter(field, context)});
    atomic = atomic && columns.back().converter->atomic();
  }
  ArrowError error{};
  UniqueArrayView view;
  if (ArrowArrayViewInitFromSchema(view.get(), &schema, &error) != NANOARROW_OK) {
    throw Error(Code::kInvalidData, std::string("rows: ") + ArrowErrorMessage(&error));
  }
  columns_ = std::move(columns);
  view_ = std::move(view);
  atomic_ = atomic;
  prepared_ = true;
}

bool RowReader::next_batch() {
  prepare();
  while (!ended_) {
    check_stopped();
    batch_.reset();
    if (!source_->next(batch_.get())) {
      batch_.reset();
      ended_ = true;
      return false;
    }
    if (waiting() == 0) position_before_ = position_;
    position_ = source_->position();
    ArrowError error{};
    if (ArrowArrayViewSetArray(view_.get(), batch_.get(), &error) != NANOARROW_OK) {
      batch_.reset();
      throw Error(Code::kInvalidData,
                  std::string("rows: the batch does not fit its schema: ") +
                      ArrowErrorMessage(&error));
    }
    at_ = 0;
    for (size_t c = 0; c < columns_.size(); ++c) {
      columns_[c].converter->bind(*view_->children[c]);
    }
    if (batch_->length > 0) return true;
  }
  return false;
}

int64_t RowReader::fill_columns(Cells& cells, int64_t count) {
  // A value without a form cuts the block before its row; if it is the first row, it is
  // the fault. Columns after it read only what will be used.
  for (size_t c = 0; c < columns_.size(); ++c) {
    PyObject** column = cells.column(c);
    try {
      columns_[c].converter->fill(batch_->offset + at_, count, column);
    } catch (const ValueFault& fault) {
      count = std::find(column, column + count, nullptr) - column;
      if (count == 0) raise_fault(fault, c);
    }
  }
  return count;
}

void RowReader::make_tuples(Cells& cells, int64_t count) {
  const size_t width = columns_.size();
  PyObject** const first = width > 0 ? cells.column(0) : nullptr;
  const size_t stride = width > 1 ? static_cast<size_t>(cells.column(1) - first) : 0;
  const size_t needed = ready_.size() + static_cast<size_t>(count);
  if (needed > ready_.capacity())
    ready_.reserve(std::max(needed, 2 * ready_.capacity()));
  for (int64_t r = 0; r < count; ++r) {
    PyObject* row = PyTuple_New(static_cast<Py_ssize_t>(width));
    if (row == nullptr) throw_python_error();
    PyObject** cell = first + r;
    for (size_t c = 0; c < width; ++c, cell += stride) {
      PyTuple_SET_ITEM(row, static_cast<Py_ssize_t>(c), *cell);
    }
    // Half of the naive cost is the garbage collector walking tuples that lead nowhere.
    if (atomic_) PyObject_GC_UnTrack(row);
    cells.done = r + 1;
    ready_.push_back(row);
    ++built_;
    ++at_;
  }
}

void RowReader::build_block(int64_t want) {
  const int64_t count = std::min({want, kBlock, batch_->length - at_});
  Cells cells(columns_.size(), count);
  make_tuples(cells, fill_columns(cells, count));
  if (at_ == batch_->length) batch_.reset();
}

void RowReader::raise_fault(const ValueFault& fault, size_t column) const {
  throw Error(Code::kInvalidData, "fetch: row " + std::to_string(built_ + 1) +
                                      ", column " + std::to_string(column + 1) + " '" +
                                      columns_[column].name + "': " + fault.what);
}

void RowReader::check_stopped() {
  if (cancelled_) {
    // The source has been told, and tells the server when it is asked for more.
    UniqueArray rest;
    if (source_ != nullptr && !ended_) source_->next(rest.get());
    throw Error(Code::kCancelled, "fetch: cancelled");
  }
  if (closed_) {
    throw Error(Code::kInvalidState, "fetch: the cursor was closed meanwhile");
  }
}

// Lets other threads and signal handlers have their turn in a long conversion.
void RowReader::breathe() {
  const int64_t now = now_nanoseconds();
  if (now - breath_ < kBreathNanoseconds) return;
  if (breath_ != 0) {
    if (PyErr_CheckSignals() != 0) throw_python_error();
    without_gil([] {});
    check_stopped();
  }
  breath_ = now;
}

PyObject* RowReader::hand_out(int64_t count) {
  count = std::min(count, waiting());
  PyObject* list = PyList_New(count);
  if (list == nullptr) throw_python_error();
  if (count > 0) {
    std::memcpy(reinterpret_cast<PyListObject*>(list)->ob_item,
                ready_.data() + ready_begin_,
                static_cast<size_t>(count) * sizeof(PyObject*));
  }
  ready_begin_ += static_cast<size_t>(count);
  handed_out_ += count;
  if (ready_begin_ == ready_.size()) {
    ready_begin_ = 0;
    if (ready_.capacity() > 16 * kBlock) {
      std::vector<PyObject*>().swap(ready_);
    } else {
      ready_.clear();
    }
  }
  return list;
}

PyObject* RowReader::fetch_many(int64_t count) {
  Busy busy(*this);
  if (count < 0) count = std::numeric_limits<int64_t>::max();
  breath_ = 0;
  std::optional<PopulatedArenas> arenas;
  while (waiting() < count) {
    if (waiting() >= kManyRows && !arenas) arenas.emplace();
    if (batch_->release == nullptr && !next_batch()) break;
    build_block(count - waiting());
    breathe();
  }
  return hand_out(count);
}

PyObject* RowReader::fetch_one() {
  Busy busy(*this);
  if (waiting() == 0) {
    if (batch_->release == nullptr && !next_batch()) return new_reference(Py_None);
    build_block(ahead_);
    ahead_ = std::min(2 * ahead_, kBlock);
  }
  PyObject* row = ready_[ready_begin_++];
  ++handed_out_;
  if (ready_begin_ == ready_.size()) {
    ready_.clear();
    ready_begin_ = 0;
  }
  return row;
}

UniqueArray RowReader::next_whole_batch() {
  Busy busy(*this);
  if (waiting() > 0 || batch_->release != nullptr || source_ == nullptr) {
    throw Error(Code::kInvalidState,
                source_ == nullptr
                    ? "batches: the result was given away"
                    : "batches: rows of this batch were fetched already (read them "
                      "first)");
  }
  UniqueArray batch;
  if (ended_) return batch;
  do {
    check_stopped();
    batch.reset();
    if (!source_->next(batch.get())) {
      ended_ = true;
      return {};
    }
  } while (batch->length == 0);
  position_before_ = position_ = source_->position();
  built_ += batch->length;
  handed_out_ += batch->length;
  return batch;
}

Ref RowReader::schema() {
  Busy busy(*this);
  if (source_ == nullptr) {
    throw Error(Code::kInvalidState, "schema: the result was given away");
  }
  UniqueSchema copy;
  if (ArrowSchemaDeepCopy(&source_->schema(), copy.get()) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  return schema_capsule(std::move(copy));
}

PyObject* RowReader::description() {
  Busy busy(*this);
  if (source_ == nullptr) {
    throw Error(Code::kInvalidState, "description: the result was given away");
  }
  return describe(source_->schema());
}

void RowReader::cancel() noexcept {
  cancelled_ = !exhausted();
  if (source_ != nullptr) source_->cancel();
}

void RowReader::close() noexcept {
  closed_ = true;
  if (busy_) {
    cancel();
  } else {
    finish_close();
  }
}

void RowReader::finish_close() noexcept {
  // Everything is moved out first: what is released may come back here.
  const auto source = std::move(source_);
  const auto ready = std::exchange(ready_, {});
  const auto begin = std::exchange(ready_begin_, 0);
  const auto columns = std::exchange(columns_, {});
  const UniqueArray batch = std::move(batch_);
  if (source != nullptr) source->close();
  for (size_t i = begin; i < ready.size(); ++i) Py_DECREF(ready[i]);
}

std::unique_ptr<BatchSource> RowReader::take_source() {
  Busy busy(*this);
  if (built_ > 0 || batch_->release != nullptr || ended_ || source_ == nullptr) {
    throw Error(
        Code::kInvalidState,
        "fetch_arrow: rows of this result were fetched already (execute again)");
  }
  ended_ = true;
  return std::move(source_);
}

}  // namespace fletching::python
