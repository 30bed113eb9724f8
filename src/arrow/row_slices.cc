// SPDX-License-Identifier: Apache-2.0
#include "arrow/row_slices.h"

#include <utility>

namespace fletching {
namespace {

// What one node of a sliced tree owns. A consumer may move children out and release
// each on its own, so each node keeps the rows.
struct Node {
  SharedRows keep;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
  ArrowArray dictionary{};
};

void release_node(ArrowArray* array) {
  auto* node = static_cast<Node*>(array->private_data);
  for (ArrowArray& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (node->dictionary.release != nullptr) node->dictionary.release(&node->dictionary);
  array->release = nullptr;
  delete node;
}

void share(const ArrowArray& from, const SharedRows& keep, ArrowArray* out) {
  auto node = std::make_unique<Node>();
  node->keep = keep;
  node->children.resize(static_cast<size_t>(from.n_children));
  *out = from;
  for (size_t i = 0; i < node->children.size(); ++i) {
    share(*from.children[i], keep, &node->children[i]);
    node->pointers.push_back(&node->children[i]);
  }
  out->children = node->pointers.data();
  if (from.dictionary != nullptr) {
    share(*from.dictionary, keep, &node->dictionary);
    out->dictionary = &node->dictionary;
  }
  out->private_data = node.release();
  out->release = &release_node;
}

// Rows [start, start + count) of a column.
void cut(ArrowArray& column, int64_t start, int64_t count) {
  if (start == 0 && count == column.length) return;
  column.offset += start;
  column.length = count;
  if (column.null_count != 0) column.null_count = -1;
}

class OneBatch : public ResultStream {
 public:
  OneBatch(const ArrowSchema& schema, UniqueArray rows) : rows_(std::move(rows)) {
    if (ArrowSchemaDeepCopy(&schema, schema_.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
  }
  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }
  Next next(Batch& out, const Wait&, Deadline) override {
    if (rows_->release == nullptr) return Next::kEnd;
    out.ops.clear();
    out.rows = std::move(rows_);
    return Next::kBatch;
  }
  void cancel() noexcept override {}

 private:
  UniqueSchema schema_;
  UniqueArray rows_;
};

void check_memory(int code) {
  if (code != NANOARROW_OK) throw std::bad_alloc();
}

class SelectedColumns : public ResultStream {
 public:
  SelectedColumns(std::unique_ptr<ResultStream> rows, const ArrowSchema& schema,
                  std::vector<int64_t> columns, const std::vector<std::string>& names)
      : rows_(std::move(rows)), columns_(std::move(columns)) {
    ArrowSchemaInit(schema_.get());
    check_memory(ArrowSchemaSetTypeStruct(schema_.get(), std::ssize(columns_)));
    for (size_t i = 0; i < columns_.size(); ++i) {
      ArrowSchema* child = schema_->children[i];
      child->release(child);
      check_memory(ArrowSchemaDeepCopy(schema.children[columns_[i]], child));
      if (!names[i].empty()) check_memory(ArrowSchemaSetName(child, names[i].c_str()));
    }
  }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    Batch batch;
    const Next step = rows_->next(batch, wait, nap);
    if (step != Next::kBatch) return step;
    const auto whole = std::make_shared<const UniqueArray>(std::move(batch.rows));
    out.ops.clear();
    out.rows = pick(whole);
    return Next::kBatch;
  }

  [[nodiscard]] Progress progress() const override { return rows_->progress(); }
  void cancel() noexcept override { rows_->cancel(); }

 private:
  // A column may be there twice, so each has nodes of its own.
  UniqueArray pick(const SharedRows& whole) const {
    static const void* const no_validity[1] = {nullptr};
    const ArrowArray& from = *whole->get();
    auto node = std::make_unique<Node>();
    node->children.resize(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      ArrowArray& child = node->children[i];
      share(*from.children[columns_[i]], whole, &child);
      node->pointers.push_back(&child);
      cut(child, from.offset, from.length);
    }
    UniqueArray out;
    out->length = from.length;
    out->n_buffers = 1;
    out->buffers = const_cast<const void**>(no_validity);
    out->n_children = std::ssize(node->pointers);
    out->children = node->pointers.data();
    out->private_data = node.release();
    out->release = &release_node;
    return out;
  }

  std::unique_ptr<ResultStream> rows_;
  std::vector<int64_t> columns_;
  UniqueSchema schema_;
};

}  // namespace

UniqueArray slice_rows(const SharedRows& rows, int64_t start, int64_t count) {
  UniqueArray out;
  share(*rows->get(), rows, out.get());
  // In the children, since not every reader looks at the offset of the outermost
  // struct.
  for (int64_t i = 0; i < out->n_children; ++i) {
    cut(*out->children[i], out->offset + start, count);
  }
  out->offset = 0;
  out->length = count;
  out->null_count = 0;  // a record batch has no validity of its own
  return out;
}

ArrowArray borrow_rows(const ArrowArray& rows, int64_t start, int64_t count) noexcept {
  ArrowArray slice = rows;
  slice.offset += start;
  slice.length = count;
  slice.null_count = 0;
  slice.release = nullptr;
  slice.private_data = nullptr;
  return slice;
}

std::unique_ptr<ResultStream> one_batch(const ArrowSchema& schema, UniqueArray rows) {
  return std::make_unique<OneBatch>(schema, std::move(rows));
}

std::unique_ptr<ResultStream> select_columns(std::unique_ptr<ResultStream> rows,
                                             const ArrowSchema& schema,
                                             std::vector<int64_t> columns,
                                             const std::vector<std::string>& names) {
  return std::make_unique<SelectedColumns>(std::move(rows), schema, std::move(columns),
                                           names);
}

namespace {

// Batches that are there already, then what comes.
class HeadThenRest : public ResultStream {
 public:
  HeadThenRest(const ArrowSchema& schema, std::vector<SharedRows> head,
               ResultStream* rest)
      : schema_(schema), head_(std::move(head)), rest_(rest) {}
  const ArrowSchema& schema(const Wait&) override { return schema_; }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (at_ == head_.size()) {
      return rest_ == nullptr ? Next::kEnd : rest_->next(out, wait, nap);
    }
    const SharedRows& rows = head_[at_++];
    out.ops.clear();
    out.rows = slice_rows(rows, 0, (*rows)->length);
    return Next::kBatch;
  }
  void cancel() noexcept override {
    if (rest_ != nullptr) rest_->cancel();
  }

 private:
  const ArrowSchema& schema_;
  std::vector<SharedRows> head_;
  ResultStream* rest_;
  size_t at_ = 0;
};

}  // namespace

ParameterRows::ParameterRows(std::unique_ptr<ResultStream> rows, const Wait& wait)
    : rows_(std::move(rows)) {
  static_cast<void>(rows_->schema(wait));
  while (seen_ < 2 && !ended_) {
    Batch batch;
    if (rows_->next(batch, wait) != Next::kBatch) {
      ended_ = true;
    } else if (batch.rows->length > 0) {
      seen_ += batch.rows->length;
      head_.push_back(std::make_shared<const UniqueArray>(std::move(batch.rows)));
    }
  }
  // Most have one batch: then all is known, and the rows can be sent again.
  Batch batch;
  if (!ended_ && rows_->next(batch, wait) != Next::kBatch) ended_ = true;
  if (batch.rows->release != nullptr && batch.rows->length > 0) {
    seen_ += batch.rows->length;
    head_.push_back(std::make_shared<const UniqueArray>(std::move(batch.rows)));
  }
}

std::unique_ptr<ResultStream> ParameterRows::stream(const Wait& wait) {
  return std::make_unique<HeadThenRest>(rows_->schema(wait), head_,
                                        ended_ ? nullptr : rows_.get());
}

RowCursor::RowCursor(ParameterRows& rows, const Wait& wait)
    : rows_(rows.stream(wait)) {}

bool RowCursor::next(const Wait& wait) {
  ++at_;
  while (batch_ == nullptr || at_ >= (*batch_)->length) {
    Batch batch;
    if (rows_->next(batch, wait) != Next::kBatch) return false;
    batch_ = std::make_shared<const UniqueArray>(std::move(batch.rows));
    at_ = 0;
  }
  ++count_;
  return true;
}

std::unique_ptr<ResultStream> RowCursor::row(const Wait& wait) {
  return one_batch(schema(wait), slice_rows(batch_, at_, 1));
}

}  // namespace fletching
