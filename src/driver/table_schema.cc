// SPDX-License-Identifier: Apache-2.0
#include "driver/table_schema.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrow/ipc_layout.h"
#include "arrow/ipc_reader.h"
#include "arrow/ipc_schema.h"
#include "driver/metadata_ask.h"
#include "driver/metadata_cells.h"
#include "fletching/error.h"
#include "fletching/metadata.h"

namespace fletching {
namespace {

struct Found {
  std::string place;  // "catalog.schema"
  std::string bytes;
};

std::string place_of(const std::optional<std::string_view>& catalog,
                     const std::optional<std::string_view>& schema) {
  std::string out(catalog.value_or(""));
  if (!out.empty() && schema && !schema->empty()) out += '.';
  return out + std::string(schema.value_or(""));
}

std::optional<UniqueSchema> bare_schema(std::span<const uint8_t> bytes) {
  try {
    IpcSchema read =
        read_schema(flat::Table::root(bytes), bytes.size(), IpcLimits().max_depth);
    static_cast<void>(compile_type(*read.schema.get(), read.dictionary_ids));
    return std::move(read.schema);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// A schema without columns, as those of foreign bytes may well read.
bool says_something(const UniqueSchema& schema) { return schema->n_children > 0; }

std::vector<Found> read_tables(ResultStream& tables, const Wait& wait) {
  std::vector<Found> out;
  for (Batch batch; tables.next(batch, wait) == Next::kBatch; batch = Batch()) {
    const ArrowSchema& schema = tables.schema(wait);
    const CellReader catalogs(schema, *batch.rows.get(), 0);
    const CellReader schemas(schema, *batch.rows.get(), 1);
    const CellReader bytes(schema, *batch.rows.get(), 4);
    for (int64_t row = 0; row < batch.rows->length; ++row) {
      out.push_back({place_of(catalogs.text(row), schemas.text(row)),
                     std::string(bytes.bytes(row).value_or(""))});
    }
  }
  return out;
}

[[noreturn]] void ambiguous(const std::string& table, const std::vector<Found>& found) {
  std::string places;
  for (size_t i = 0; i < found.size() && i < 5; ++i) {
    places +=
        (i == 0 ? "" : ", ") + (found[i].place.empty() ? "no schema" : found[i].place);
  }
  throw Error(Code::kInvalidArgument, "schema of table " + table + ": there are " +
                                          std::to_string(found.size()) +
                                          " of that name, in " + places +
                                          " (say which catalog and schema)");
}

}  // namespace

UniqueSchema decode_table_schema(std::string_view bytes, std::string_view table) {
  const std::string context = "schema of table " + std::string(table);
  if (bytes.empty()) {
    throw Error(Code::kInvalidData, context + ": the server sent an empty one");
  }
  const std::span octets(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  try {
    return decode_schema(octets);
  } catch (const Error& error) {
    auto schema = bare_schema(octets);
    if (schema && says_something(*schema)) return std::move(*schema);
    throw error.with_context(context);
  }
}

UniqueSchema find_table_schema(const std::shared_ptr<Session>& session,
                               const TableName& table, const Wait& wait) {
  MetadataRequest request{.kind = MetadataRequest::Kind::kTables,
                          .catalog = table.catalog,
                          .table_pattern = escape_like(table.table),
                          .include_schema = true};
  if (table.schema) request.schema_pattern = escape_like(*table.schema);
  const auto found = read_tables(*ask_metadata(session, request, wait), wait);
  if (found.empty()) {
    throw Error(Code::kNotFound, "schema of table " + table.table +
                                     ": the server knows no such table (names are "
                                     "exact, upper and lower case count)");
  }
  if (found.size() > 1) ambiguous(table.table, found);
  return decode_table_schema(found.front().bytes, table.table);
}

}  // namespace fletching
