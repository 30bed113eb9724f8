// SPDX-License-Identifier: Apache-2.0
// Ids and values: FlightSql.proto (SqlInfo, SqlSupportedTransaction,
// SqlSupportedCaseSensitivity).
#include "flightsql/sql_info.h"

#include <strings.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arrow/list_items.h"
#include "arrow/type_kind.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using Strings = std::vector<std::string>;
using Value = std::variant<std::monostate, std::string, bool, int64_t, Strings>;

constexpr int kMaxDepth = 8;

[[noreturn]] void malformed(const std::string& what) {
  throw Error(Code::kInvalidData, "server info: " + what);
}

Value read_value(const ArrowArrayView& view, int64_t row, int depth);

Value read_list(const ArrowArrayView& view, int64_t row, int depth) {
  if (view.n_children != 1) return {};
  Strings out;
  const auto [begin, end] = list_items(view, row);
  for (int64_t i = begin; i < end; ++i) {
    Value item = read_value(*view.children[0], i, depth + 1);
    if (auto* text = std::get_if<std::string>(&item)) out.push_back(std::move(*text));
  }
  return out;
}

Value read_union(const ArrowArrayView& view, int64_t row, int depth) {
  const int child = ArrowArrayViewUnionChildIndex(&view, row);
  if (child < 0 || child >= view.n_children) return {};
  return read_value(*view.children[child], ArrowArrayViewUnionChildOffset(&view, row),
                    depth + 1);
}

// The kind of a value is that of its child's type, so neither the order of a union's
// children nor their names matter.
Value read_value(const ArrowArrayView& view, int64_t row, int depth) {
  if (depth > kMaxDepth || row < 0 || row >= view.length) return {};
  const ArrowType type = view.storage_type;
  if (type == NANOARROW_TYPE_SPARSE_UNION || type == NANOARROW_TYPE_DENSE_UNION) {
    return read_union(view, row, depth);
  }
  if (ArrowArrayViewIsNull(&view, row) != 0) return {};
  if (view.dictionary != nullptr) {
    return read_value(*view.dictionary, ArrowArrayViewGetIntUnsafe(&view, row),
                      depth + 1);
  }
  if (is_text(type)) {
    const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, row);
    return std::string(text.data, static_cast<size_t>(text.size_bytes));
  }
  if (type == NANOARROW_TYPE_BOOL) return ArrowArrayViewGetIntUnsafe(&view, row) != 0;
  if (is_integer(type)) return ArrowArrayViewGetIntUnsafe(&view, row);
  return is_list(type) ? read_list(view, row, depth) : Value{};
}

// ---- what the values mean ----

void take(std::string& out, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) out = *text;
}
void take(std::optional<std::string>& out, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) out = *text;
}
void take(Strings& out, const Value& value) {
  if (const auto* texts = std::get_if<Strings>(&value)) out = *texts;
}

std::optional<int64_t> number(const Value& value) {
  if (const auto* n = std::get_if<int64_t>(&value)) return *n;
  if (const auto* b = std::get_if<bool>(&value)) return *b ? 1 : 0;
  return std::nullopt;
}

void take(std::optional<bool>& out, const Value& value) {
  const auto n = number(value);
  if (n) out = *n != 0;
}

void take(TransactionSupport& out, const Value& value) {
  const auto n = number(value);
  if (!n || *n < 0 || *n > 2) return;
  out = *n == 0   ? TransactionSupport::kNone
        : *n == 1 ? TransactionSupport::kTransactions
                  : TransactionSupport::kSavepoints;
}

// Insensitive, stored in upper case, stored in lower case; 0 is unknown.
void take(NameCase& out, const Value& value) {
  const auto n = number(value);
  if (!n) return;
  out = *n == 1   ? NameCase::kInsensitive
        : *n == 2 ? NameCase::kUpper
        : *n == 3 ? NameCase::kLower
                  : NameCase::kUnknown;
}

void take_info(int64_t id, const Value& value, ServerInfo& info) {
  switch (id) {
    case 0:
      return take(info.name, value);
    case 1:
      return take(info.version, value);
    case 2:
      return take(info.arrow_version, value);
    case 3:
      return take(info.read_only, value);
    case 5:
      return take(info.substrait, value);
    case 8:
      return take(info.transactions, value);
    case 9:
      return take(info.cancel, value);
    case 10:
      return take(info.bulk_ingestion, value);
    case 11:
      return take(info.ingest_transactions, value);
    case 503:
      return take(info.identifier_case, value);
    case 504:
      return take(info.identifier_quote, value);
    case 505:
      return take(info.quoted_case, value);
    case 508:
      return take(info.keywords, value);
    case 513:
      return take(info.search_escape, value);
    default:
      return;
  }
}

int64_t column_of(const ArrowSchema& schema, const char* name) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const char* column = schema.children[i]->name;
    if (column != nullptr && strcasecmp(column, name) == 0) return i;
  }
  malformed(std::string("the server's answer has no column ") + name);
}

void make_view(const ArrowSchema& schema, const ArrowArray& rows, int64_t column,
               UniqueArrayView& out) {
  ArrowError error{};
  if (ArrowArrayViewInitFromSchema(out.get(), schema.children[column], &error) !=
          NANOARROW_OK ||
      ArrowArrayViewSetArray(out.get(), rows.children[column], &error) !=
          NANOARROW_OK) {
    malformed(std::string("column ") + schema.children[column]->name + ": " +
              error.message);
  }
}

}  // namespace

void read_sql_info(const ArrowSchema& schema, const ArrowArray& rows,
                   ServerInfo& info) {
  UniqueArrayView ids;
  UniqueArrayView values;
  make_view(schema, rows, column_of(schema, "info_name"), ids);
  make_view(schema, rows, column_of(schema, "value"), values);
  for (int64_t i = 0; i < rows.length; ++i) {
    const Value id = read_value(*ids.get(), rows.offset + i, 0);
    if (const auto* known = std::get_if<int64_t>(&id)) {
      take_info(*known, read_value(*values.get(), rows.offset + i, 0), info);
    }
  }
}

ServerInfo read_server_info(ResultStream& answer, const Wait& wait) {
  ServerInfo info;
  for (Batch batch; answer.next(batch, wait) == Next::kBatch; batch = Batch()) {
    read_sql_info(answer.schema(wait), *batch.rows.get(), info);
  }
  return info;
}

}  // namespace fletching
