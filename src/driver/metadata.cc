// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.h>

#include <utility>

#include "arrow/ipc_reader.h"
#include "driver/state.h"

namespace fletching {
namespace {

Result metadata(const std::shared_ptr<Connection::State>& state,
                const MetadataRequest& request) {
  const Entry entry(state->generation);
  const auto session = state->open_session();
  const SharedToken token = new_token();
  state->tokens.add(token);
  Wait wait = state->wait(state->settings.query_timeout);
  wait.cancel = token.get();
  auto stream = primed(session->metadata(request, wait), wait);
  return make_result(state, state->settings, token, std::move(stream),
                     Deadline::after(state->settings.fetch_timeout));
}

// The rows of one string or binary column of a result, by name.
class TextColumn {
 public:
  TextColumn(const ArrowSchema& schema, const ArrowArray& rows, std::string_view name) {
    for (int64_t i = 0; i < schema.n_children; ++i) {
      const char* field = schema.children[i]->name;
      if (field == nullptr || name != field) continue;
      ArrowError error{};
      if (ArrowArrayViewInitFromSchema(view_.get(), schema.children[i], &error) !=
              NANOARROW_OK ||
          ArrowArrayViewSetArray(view_.get(), rows.children[i], &error) !=
              NANOARROW_OK) {
        break;
      }
      found_ = true;
      return;
    }
  }
  [[nodiscard]] bool found() const { return found_; }
  [[nodiscard]] std::optional<std::string_view> at(int64_t row) const {
    if (ArrowArrayViewIsNull(view_.get(), row) != 0) return std::nullopt;
    const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view_.get(), row);
    return std::string_view(bytes.data.as_char, static_cast<size_t>(bytes.size_bytes));
  }

 private:
  UniqueArrayView view_;
  bool found_ = false;
};

// LIKE's metacharacters escaped as servers do it by default; the answer is compared
// exactly anyway, for servers that know no escape.
std::string as_pattern(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::optional<std::string> find_table_schema(Result& tables, std::string_view table) {
  const ArrowSchema& schema = tables.schema();
  for (UniqueArray rows; tables.next(rows.get()); rows.reset()) {
    const TextColumn names(schema, *rows.get(), "table_name");
    const TextColumn schemas(schema, *rows.get(), "table_schema");
    if (!names.found() || !schemas.found()) return std::nullopt;
    for (int64_t i = 0; i < rows->length; ++i) {
      const auto bytes = schemas.at(i);
      if (names.at(i) == table && bytes) return std::string(*bytes);
    }
  }
  return std::nullopt;
}

}  // namespace

Result Connection::get_catalogs() {
  return metadata(state_, {.kind = MetadataRequest::Kind::kCatalogs});
}

Result Connection::get_db_schemas(std::optional<std::string> catalog,
                                  std::optional<std::string> schema_pattern) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kDbSchemas,
                           .catalog = std::move(catalog),
                           .schema_pattern = std::move(schema_pattern)});
}

Result Connection::get_tables(const TablesFilter& filter) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kTables,
                           .catalog = filter.catalog,
                           .schema_pattern = filter.schema_pattern,
                           .table_pattern = filter.table_pattern,
                           .table_types = filter.table_types,
                           .include_schema = filter.include_schema});
}

Result Connection::get_table_types() {
  return metadata(state_, {.kind = MetadataRequest::Kind::kTableTypes});
}

Result Connection::get_sql_info(const std::vector<uint32_t>& ids) {
  return metadata(state_, {.kind = MetadataRequest::Kind::kSqlInfo, .info_ids = ids});
}

void Connection::get_table_schema(std::optional<std::string> catalog,
                                  std::optional<std::string> schema,
                                  std::string_view table, ArrowSchema* out) {
  TablesFilter filter;
  filter.catalog = std::move(catalog);
  if (schema) filter.schema_pattern = as_pattern(*schema);
  filter.table_pattern = as_pattern(table);
  filter.include_schema = true;
  std::optional<std::string> bytes;
  for (const bool escaped : {true, false}) {
    if (!escaped) {
      if (*filter.table_pattern == table) break;
      filter.table_pattern = table;
      if (schema) filter.schema_pattern = *schema;
    }
    Result tables = get_tables(filter);
    bytes = find_table_schema(tables, table);
    if (bytes) break;
  }
  if (!bytes) {
    throw Error(Code::kNotFound, "schema of table " + std::string(table) +
                                     ": the server knows no such table");
  }
  const Entry entry(state_->generation);
  UniqueSchema decoded =
      decode_schema({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()});
  ArrowSchemaMove(decoded.get(), out);
}

}  // namespace fletching
