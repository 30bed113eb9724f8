// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_rows.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "driver/metadata_cells.h"
#include "driver/metadata_filter.h"
#include "fletching/error.h"

namespace fletching {
namespace {

std::string_view name_of(const ArrowSchema& field) {
  return field.name == nullptr ? "" : field.name;
}

// The best match: the very name, else in another case, else what JDBC calls it; -1.
int64_t find_column(const ArrowSchema& schema, const MetadataColumn& column) {
  int64_t found = -1;
  int best = 0;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const std::string_view name = name_of(*schema.children[i]);
    const bool is_other =
        !column.other_name.empty() && same_but_case(name, column.other_name);
    const int rank = name == column.name                ? 3
                     : same_but_case(name, column.name) ? 2
                     : is_other                         ? 1
                                                        : 0;
    if (rank > best) {
      best = rank;
      found = i;
    }
  }
  return found;
}

std::string names_of(const ArrowSchema& schema) {
  constexpr int64_t kMost = 20;
  std::string out;
  for (int64_t i = 0; i < schema.n_children && i < kMost; ++i) {
    out += (i == 0 ? "" : ", ") + std::string(name_of(*schema.children[i]));
  }
  if (schema.n_children > kMost) out += ", ...";
  return out.empty() ? "none" : out;
}

int64_t in_range(int64_t value, CellType type, const MetadataColumn& column) {
  int64_t least = 0;
  int64_t most = 0;
  switch (type) {
    case CellType::kUint8:
      most = std::numeric_limits<uint8_t>::max();
      break;
    case CellType::kUint32:
      most = std::numeric_limits<uint32_t>::max();
      break;
    default:
      least = std::numeric_limits<int32_t>::min();
      most = std::numeric_limits<int32_t>::max();
  }
  if (value < least || value > most) {
    throw Error(Code::kInvalidData, "column " + std::string(column.name) +
                                        " of the server's answer: " +
                                        std::to_string(value) + " is out of range");
  }
  return value;
}

class BatchNormaliser {
 public:
  BatchNormaliser(const ArrowSchema& schema, const ArrowArray& rows,
                  const MetadataRequest& request, bool lenient_schema)
      : columns_(metadata_columns(request)), filter_(request) {
    for (const MetadataColumn& column : columns_) {
      const int64_t found = find_column(schema, column);
      const bool may_lack =
          !column.required || (lenient_schema && column.type == CellType::kBinary);
      if (found < 0 && !may_lack && rows.length > 0) {
        throw Error(Code::kInvalidData, "the server's answer has no column " +
                                            std::string(column.name) + " (it has " +
                                            names_of(schema) + ")");
      }
      readers_.emplace_back();
      if (found >= 0) readers_.back().emplace(schema, rows, found);
    }
  }

  UniqueArray run(int64_t length) {
    UniqueArray out;
    const UniqueSchema schema = metadata_schema(columns_);
    check_built(ArrowArrayInitFromSchema(out.get(), schema.get(), nullptr));
    check_built(ArrowArrayStartAppending(out.get()));
    for (int64_t row = 0; row < length; ++row) {
      if (keeps(row)) append(row, out.get());
    }
    check_built(ArrowArrayFinishBuildingDefault(out.get(), nullptr));
    return out;
  }

 private:
  std::optional<std::string_view> text(size_t column, int64_t row) const {
    return readers_[column] ? readers_[column]->text(row) : std::nullopt;
  }
  std::optional<int64_t> number(size_t column, int64_t row) const {
    return readers_[column] ? readers_[column]->number(row) : std::nullopt;
  }

  // SqlInfo's ids and XdbcTypeInfo's types are the only numbers that filters name.
  bool keeps(int64_t row) {
    texts_.clear();
    for (const size_t column : filter_.text_columns()) {
      texts_.push_back(text(column, row));
    }
    if (!filter_.keeps(texts_)) return false;
    if (columns_[0].type == CellType::kUint32) {
      return filter_.keeps_number(number(0, row));
    }
    const bool is_type_info = columns_.size() > 1 && columns_[1].name == "data_type";
    return !is_type_info || filter_.keeps_number(number(1, row));
  }

  void append(int64_t row, ArrowArray* out) const {
    for (size_t i = 0; i < columns_.size(); ++i) {
      append_cell(i, row, out->children[i]);
    }
    check_built(ArrowArrayFinishElement(out));
  }

  void append_cell(size_t i, int64_t row, ArrowArray* out) const {
    const MetadataColumn& column = columns_[i];
    const auto& reader = readers_[i];
    if (!reader) {
      check_built(column.required ? ArrowArrayAppendEmpty(out, 1)
                                  : ArrowArrayAppendNull(out, 1));
      return;
    }
    switch (column.type) {
      case CellType::kText:
      case CellType::kBinary: {
        auto value =
            column.type == CellType::kText ? reader->text(row) : reader->bytes(row);
        if (!value && column.required) value = "";
        return append_bytes(value, column.type, out);
      }
      case CellType::kTextList:
        return reader->append_texts(row, column.required, out);
      case CellType::kInfoValue:
        return reader->append_info(row, out);
      default:
        return append_number(column, reader->number(row), out);
    }
  }

  static void append_bytes(const std::optional<std::string_view>& value, CellType type,
                           ArrowArray* out) {
    if (!value || type == CellType::kText) return append_text_or_null(out, value);
    check_built(ArrowArrayAppendBytes(
        out, {{value->data()}, static_cast<int64_t>(value->size())}));
  }

  static void append_number(const MetadataColumn& column, std::optional<int64_t> value,
                            ArrowArray* out) {
    if (!value && !column.required) return check_built(ArrowArrayAppendNull(out, 1));
    const int64_t plain = value.value_or(0);
    check_built(ArrowArrayAppendInt(out, column.type == CellType::kBool
                                             ? int64_t{plain != 0}
                                             : in_range(plain, column.type, column)));
  }

  std::span<const MetadataColumn> columns_;
  MetadataFilter filter_;
  std::vector<std::optional<CellReader>> readers_;
  std::vector<std::optional<std::string_view>> texts_;
};

class NormalisedStream : public ResultStream {
 public:
  NormalisedStream(std::unique_ptr<ResultStream> answer, MetadataRequest request,
                   bool lenient_schema)
      : answer_(std::move(answer)),
        request_(std::move(request)),
        lenient_schema_(lenient_schema),
        schema_(metadata_schema(metadata_columns(request_))) {}

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    Batch batch;
    const Next step = answer_->next(batch, wait, nap);
    if (step != Next::kBatch) return step;
    try {
      out.rows = normalise_batch(answer_->schema(wait), *batch.rows.get(), request_,
                                 lenient_schema_);
    } catch (const Error& error) {
      throw error.with_context(command_name(request_.kind));
    }
    out.ops.clear();
    return step;
  }

  [[nodiscard]] bool runs_foreign_code() const override {
    return answer_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return answer_->progress(); }
  void cancel() noexcept override { answer_->cancel(); }

 private:
  std::unique_ptr<ResultStream> answer_;
  MetadataRequest request_;
  bool lenient_schema_;
  UniqueSchema schema_;
};

}  // namespace

UniqueArray normalise_batch(const ArrowSchema& schema, const ArrowArray& rows,
                            const MetadataRequest& request, bool lenient_schema) {
  return BatchNormaliser(schema, rows, request, lenient_schema).run(rows.length);
}

std::unique_ptr<ResultStream> normalised(std::unique_ptr<ResultStream> answer,
                                         MetadataRequest request, bool lenient_schema) {
  return std::make_unique<NormalisedStream>(std::move(answer), std::move(request),
                                            lenient_schema);
}

}  // namespace fletching
