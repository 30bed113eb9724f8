// SPDX-License-Identifier: Apache-2.0
#include "render/live_table.h"

#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "fletching/error.h"

namespace fletching::render {
namespace {

RowKind kind_of(std::string_view op) {
  if (op == "-U") return RowKind::kUpdateBefore;
  if (op == "+U") return RowKind::kUpdateAfter;
  return op == "-D" ? RowKind::kDelete : RowKind::kInsert;
}

// The columns behind `op`.
UniqueSchema columns_of(const ArrowSchema& schema) {
  if (schema.n_children == 0 || std::string_view(schema.children[0]->name) != "op") {
    throw Error(Code::kInvalidArgument, "live table: the rows do not say what they do");
  }
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(out.get(), schema.n_children - 1));
  for (int64_t i = 1; i < schema.n_children; ++i) {
    ArrowSchema* child = out->children[i - 1];
    child->release(child);
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(schema.children[i], child));
  }
  return out;
}

std::vector<RowKind> ops_of(const ArrowArray& op) {
  UniqueArrayView view;
  ArrowArrayViewInitFromType(view.get(), NANOARROW_TYPE_STRING);
  NANOARROW_THROW_NOT_OK(ArrowArrayViewSetArray(view.get(), &op, nullptr));
  std::vector<RowKind> ops;
  for (int64_t row = 0; row < op.length; ++row) {
    const ArrowStringView text = ArrowArrayViewGetStringUnsafe(view.get(), row);
    ops.push_back(kind_of({text.data, static_cast<size_t>(text.size_bytes)}));
  }
  return ops;
}

// One batch of the result taken apart.
Batch changes_of(UniqueArray& rows) {
  Batch batch;
  batch.ops = ops_of(*rows->children[0]);
  NANOARROW_THROW_NOT_OK(
      ArrowArrayInitFromType(batch.rows.get(), NANOARROW_TYPE_STRUCT));
  NANOARROW_THROW_NOT_OK(
      ArrowArrayAllocateChildren(batch.rows.get(), rows->n_children - 1));
  batch.rows->length = rows->length;
  batch.rows->null_count = 0;
  for (int64_t i = 1; i < rows->n_children; ++i) {
    ArrowArrayMove(rows->children[i], batch.rows->children[i - 1]);
  }
  return batch;
}

}  // namespace

LiveTable::LiveTable(const ArrowSchema& schema, LiveLimits limits)
    : schema_(columns_of(schema)),
      table_(*schema_.get(),
             {.key = {}, .max_rows = limits.max_rows, .max_bytes = limits.max_bytes}) {}

void LiveTable::apply(UniqueArray& rows) { table_.apply(changes_of(rows)); }

int64_t LiveTable::write(const RowWriterOptions& options, Sink sink, int64_t most) {
  const auto writer = make_row_writer(*schema_.get(), options, std::move(sink));
  int64_t left = most == 0 ? size() : std::min(most, size());
  for (const auto& rows : table_.snapshot()) {
    if (left == 0) break;
    ArrowArray part = *rows->get();  // a view: released by its owner alone
    part.length = std::min(left, part.length);
    left -= part.length;
    writer->batch(part);
  }
  writer->finish();
  return most == 0 ? 0 : std::max<int64_t>(0, size() - most);
}

}  // namespace fletching::render
