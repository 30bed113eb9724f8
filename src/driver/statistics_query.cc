// SPDX-License-Identifier: Apache-2.0
#include "driver/statistics_query.h"

#include <nanoarrow/nanoarrow.hpp>

#include <new>

#include "arrow/type_kind.h"
#include "driver/metadata_cells.h"
#include "fletching/error.h"

namespace fletching {
namespace {

bool is_unsigned(ArrowType type) {
  return type == NANOARROW_TYPE_UINT8 || type == NANOARROW_TYPE_UINT16 ||
         type == NANOARROW_TYPE_UINT32 || type == NANOARROW_TYPE_UINT64;
}

bool is_float(ArrowType type) {
  return type == NANOARROW_TYPE_HALF_FLOAT || type == NANOARROW_TYPE_FLOAT ||
         type == NANOARROW_TYPE_DOUBLE;
}

bool is_decimal(ArrowType type) {
  return type == NANOARROW_TYPE_DECIMAL32 || type == NANOARROW_TYPE_DECIMAL64 ||
         type == NANOARROW_TYPE_DECIMAL128 || type == NANOARROW_TYPE_DECIMAL256;
}

bool is_temporal(ArrowType type) {
  return type == NANOARROW_TYPE_DATE32 || type == NANOARROW_TYPE_DATE64 ||
         type == NANOARROW_TYPE_TIME32 || type == NANOARROW_TYPE_TIME64 ||
         type == NANOARROW_TYPE_TIMESTAMP || type == NANOARROW_TYPE_DURATION;
}

bool has_order(ArrowType type) {
  return is_integer(type) || is_float(type) || is_decimal(type) || is_text(type) ||
         is_binary(type) || is_temporal(type);
}

ArrowSchemaView view_of(const ArrowSchema& field) {
  ArrowSchemaView view{};
  const ArrowSchema& values = field.dictionary == nullptr ? field : *field.dictionary;
  if (ArrowSchemaViewInit(&view, &values, nullptr) != NANOARROW_OK) {
    view.type = NANOARROW_TYPE_UNINITIALIZED;
  }
  return view;
}

// An expression's value in the one row of an answer.
class ValueReader {
 public:
  ValueReader(const ArrowSchema& field, const ArrowArray& column, int64_t row)
      : type_(view_of(field)), row_(row) {
    ArrowError error{};
    if (ArrowArrayViewInitFromSchema(whole_.get(), &field, &error) != NANOARROW_OK ||
        ArrowArrayViewSetArray(whole_.get(), &column, &error) != NANOARROW_OK) {
      throw Error(Code::kInvalidData, std::string("statistics: ") + error.message);
    }
    view_ = whole_.get();
    is_null_ = ArrowArrayViewIsNull(view_, row_) != 0;
    if (is_null_ || view_->dictionary == nullptr) return;
    row_ = ArrowArrayViewGetIntUnsafe(view_, row_);
    view_ = view_->dictionary;
    is_null_ = ArrowArrayViewIsNull(view_, row_) != 0;
  }

  [[nodiscard]] std::optional<StatisticValue> value(const Aggregate& wanted) const {
    const ArrowType type = type_.type;
    if (is_null_) return std::nullopt;
    if (is_unsigned(type)) return ArrowArrayViewGetUIntUnsafe(view_, row_);
    if (is_integer(type)) return ArrowArrayViewGetIntUnsafe(view_, row_);
    if (is_float(type)) return ArrowArrayViewGetDoubleUnsafe(view_, row_);
    if (is_decimal(type)) return decimal();
    if (is_text(type) || is_binary(type)) {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view_, row_);
      return std::string(bytes.data.as_char, static_cast<size_t>(bytes.size_bytes));
    }
    // Without a unit of its own the number means what it means in the column.
    if (is_temporal(type) && type == wanted.type && type_.time_unit == wanted.unit) {
      return ArrowArrayViewGetIntUnsafe(view_, row_);
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string decimal() const {
    ArrowDecimal value;
    ArrowDecimalInit(&value, type_.decimal_bitwidth, type_.decimal_precision,
                     type_.decimal_scale);
    ArrowArrayViewGetDecimalUnsafe(view_, row_, &value);
    nanoarrow::UniqueBuffer text;
    if (ArrowDecimalAppendStringToBuffer(&value, text.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
    return {reinterpret_cast<const char*>(text->data),
            static_cast<size_t>(text->size_bytes)};
  }

  ArrowSchemaView type_;
  UniqueArrayView whole_;
  const ArrowArrayView* view_ = nullptr;  // whole_, or its dictionary
  int64_t row_;
  bool is_null_ = true;
};

// A value of a column's own, as opposed to a count.
bool is_of_column(StatisticKey key) {
  return key == StatisticKey::kMinValue || key == StatisticKey::kMaxValue;
}

}  // namespace

Aggregate row_count() { return {"count(*)", std::nullopt, StatisticKey::kRowCount}; }

std::vector<Aggregate> aggregates_of(const ArrowSchema& field,
                                     const SqlDialect& dialect) {
  const std::string name = field.name == nullptr ? "" : field.name;
  std::string column;
  try {
    column = quote_identifier(name, dialect);
  } catch (const Error&) {
    return {};
  }
  const ArrowSchemaView view = view_of(field);
  std::vector<Aggregate> out;
  const auto add = [&](StatisticKey key, const std::string& sql) {
    out.push_back({sql, name, key, view.type, view.time_unit});
  };
  add(StatisticKey::kNullCount, "count(*) - count(" + column + ")");
  const bool ordered = has_order(view.type);
  if (ordered || view.type == NANOARROW_TYPE_BOOL) {
    add(StatisticKey::kDistinctCount, "count(DISTINCT " + column + ")");
  }
  if (ordered) {
    add(StatisticKey::kMinValue, "min(" + column + ")");
    add(StatisticKey::kMaxValue, "max(" + column + ")");
  }
  return out;
}

std::string aggregate_query(std::span<const Aggregate> wanted,
                            const std::string& table) {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < wanted.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + wanted[i].sql + " AS s" + std::to_string(i);
  }
  return sql + " FROM " + table;
}

std::vector<Statistic> read_aggregates(std::span<const Aggregate> wanted,
                                       const ArrowSchema& schema,
                                       const ArrowArray& rows) {
  if (rows.length < 1 || std::cmp_not_equal(schema.n_children, wanted.size())) {
    throw Error(Code::kInvalidData,
                "statistics: the answer is not one row of what was asked");
  }
  std::vector<Statistic> out;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Aggregate& one = wanted[i];
    std::optional<StatisticValue> value;
    if (is_of_column(one.key)) {
      value =
          ValueReader(*schema.children[i], *rows.children[i], rows.offset).value(one);
    } else {
      value = CellReader(schema, rows, static_cast<int64_t>(i)).number(0);
    }
    if (value) out.push_back({one.column, one.key, *std::move(value)});
  }
  return out;
}

}  // namespace fletching
