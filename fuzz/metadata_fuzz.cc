// SPDX-License-Identifier: Apache-2.0
// An answer to a metadata command, which the first byte chooses, of any bytes: refused
// with an Error, or made into rows that nanoarrow finds valid; tables go on into
// GetObjects, table_schema and all.
#include <array>
#include <string>

#include "arrow/judge_for_test.h"
#include "driver/metadata_cells.h"
#include "driver/metadata_rows.h"
#include "driver/objects_tree.h"
#include "fletching/error.h"
#include "fuzz_input.h"

namespace fletching {
namespace {

using Kind = MetadataRequest::Kind;

constexpr std::array kKinds = {
    Kind::kCatalogs,       Kind::kDbSchemas,   Kind::kTables,       Kind::kTableTypes,
    Kind::kSqlInfo,        Kind::kPrimaryKeys, Kind::kExportedKeys, Kind::kImportedKeys,
    Kind::kCrossReference, Kind::kTypeInfo};

// The low half is the command, the rest are filters.
MetadataRequest request_of(uint8_t byte) {
  MetadataRequest out{.kind = kKinds[(byte & 15u) % kKinds.size()],
                      .include_schema = true};
  out.table.table = out.foreign_table.table = "t";
  if ((byte & 16u) != 0) out.catalog = "c";
  if ((byte & 32u) != 0) out.schema_pattern = "%s_\\%";
  if ((byte & 64u) != 0) out.table_pattern = "%t";
  if ((byte & 128u) != 0) out.table_types = {"TABLE"};
  return out;
}

void check(const ArrowArray& rows, const ArrowSchema& schema) {
  const std::string complaint = complaint_of_nanoarrow(rows, schema);
  if (!complaint.empty()) fail(complaint.c_str());
}

void build_tree(const ArrowArray& rows, const ArrowSchema& schema) {
  const CellReader schemas(schema, rows, 1);
  const CellReader tables(schema, rows, 2);
  const CellReader bytes(schema, rows, 4);
  std::vector<CatalogObject> catalogs(1);
  for (int64_t row = 0; row < rows.length; ++row) {
    const auto name = schemas.text(row);
    TableObject table{std::string(tables.text(row).value_or("")),
                      "TABLE",
                      std::string(bytes.bytes(row).value_or("")),
                      {}};
    catalogs[0]
        .schema(name ? std::optional(std::string(*name)) : std::nullopt)
        .tables.push_back(std::move(table));
  }
  const UniqueSchema wanted = objects_schema();
  check(*build_objects(catalogs, {}).get(), *wanted.get());
}

}  // namespace
}  // namespace fletching

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fletching;
  if (size == 0) return 0;
  const MetadataRequest request = request_of(data[0]);
  const UniqueSchema wanted = metadata_schema(metadata_columns(request));
  try {
    StreamFileReader reader(source_of({data + 1, size - 1}), kFuzzLimits);
    for (UniqueArray rows; reader.next(rows); rows.reset()) {
      if (!is_small(*rows.get())) continue;
      const UniqueArray out = normalise_batch(reader.schema(), *rows.get(), request);
      check(*out.get(), *wanted.get());
      if (request.kind == Kind::kTables) build_tree(*out.get(), *wanted.get());
    }
  } catch (const Error&) {
    // Refused, as it should be.
  }
  return 0;
}
