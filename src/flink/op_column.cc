// SPDX-License-Identifier: Apache-2.0
#include "flink/op_column.h"

#include <nanoarrow/nanoarrow.hpp>

#include <array>
#include <string_view>

namespace fletching::flink {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"+I", "-U", "+U", "-D"};

UniqueArray op_array(const Batch& batch) {
  UniqueArray array;
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRING));
  NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(array.get()));
  for (int64_t row = 0; row < batch.rows->length; ++row) {
    const RowKind kind = batch.ops.empty() ? RowKind::kInsert : batch.ops[row];
    const std::string_view name = kNames[static_cast<size_t>(kind)];
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendString(
        array.get(), {name.data(), static_cast<int64_t>(name.size())}));
  }
  NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  return array;
}

}  // namespace

UniqueSchema with_op_column(const ArrowSchema& schema) {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(out.get(), schema.n_children + 1));
  ArrowSchema* op = out->children[0];
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(op, NANOARROW_TYPE_STRING));
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(op, "op"));
  op->flags &= ~ARROW_FLAG_NULLABLE;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    ArrowSchema* child = out->children[i + 1];
    child->release(child);
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(schema.children[i], child));
  }
  return out;
}

// The children move; the struct around them is made anew (its own offset is none, as
// the decoder makes it).
void add_op_column(Batch& batch) {
  UniqueArray op = op_array(batch);
  UniqueArray out;
  NANOARROW_THROW_NOT_OK(ArrowArrayInitFromType(out.get(), NANOARROW_TYPE_STRUCT));
  NANOARROW_THROW_NOT_OK(
      ArrowArrayAllocateChildren(out.get(), batch.rows->n_children + 1));
  out->length = batch.rows->length;
  out->null_count = 0;
  ArrowArrayMove(op.get(), out->children[0]);
  for (int64_t i = 0; i < batch.rows->n_children; ++i) {
    ArrowArrayMove(batch.rows->children[i], out->children[i + 1]);
  }
  batch.rows = std::move(out);
  batch.ops.clear();
}

}  // namespace fletching::flink
