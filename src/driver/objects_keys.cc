// SPDX-License-Identifier: Apache-2.0
#include "driver/objects_keys.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "driver/metadata_ask.h"
#include "driver/metadata_cells.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using Text = std::optional<std::string>;

Text text(const CellReader& reader, int64_t row) {
  const auto found = reader.text(row);
  if (!found) return std::nullopt;
  return std::string(*found);
}

bool is_named(const Text& name) { return name && !name->empty(); }

struct PrimaryColumn {
  bool has_place;  // its table's catalog or schema is named
  int64_t sequence;
  std::string column;
  Text key;
};

struct ForeignColumn {
  bool has_place;
  int64_t sequence;
  std::string column;
  Text key;
  Constraint::Usage refers_to;
};

// Places of columns in GetPrimaryKeys' and GetImportedKeys' results.
enum PrimaryAt : int64_t {
  kCatalog = 0,
  kSchema = 1,
  kColumn = 3,
  kKeyName = 4,
  kSequence = 5,
};
enum ForeignAt : int64_t {
  kPkCatalog = 0,
  kPkSchema = 1,
  kPkTable = 2,
  kPkColumn = 3,
  kFkCatalog = 4,
  kFkSchema = 5,
  kFkColumn = 7,
  kFkSequence = 8,
  kFkName = 9,
};

template <class Row, class Read>
std::vector<Row> read_rows(ResultStream& stream, const Wait& wait, const Read& read) {
  std::vector<Row> out;
  for (Batch batch; stream.next(batch, wait) == Next::kBatch; batch = Batch()) {
    const ArrowSchema& schema = stream.schema(wait);
    std::vector<CellReader> readers;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      readers.emplace_back(schema, *batch.rows.get(), i);
    }
    for (int64_t row = 0; row < batch.rows->length; ++row) {
      out.push_back(read(readers, row));
    }
  }
  return out;
}

PrimaryColumn read_primary(const std::vector<CellReader>& readers, int64_t row) {
  return {
      is_named(text(readers[kCatalog], row)) || is_named(text(readers[kSchema], row)),
      readers[kSequence].number(row).value_or(0),
      text(readers[kColumn], row).value_or(""), text(readers[kKeyName], row)};
}

ForeignColumn read_foreign(const std::vector<CellReader>& readers, int64_t row) {
  return {is_named(text(readers[kFkCatalog], row)) ||
              is_named(text(readers[kFkSchema], row)),
          readers[kFkSequence].number(row).value_or(0),
          text(readers[kFkColumn], row).value_or(""),
          text(readers[kFkName], row),
          {text(readers[kPkCatalog], row), text(readers[kPkSchema], row),
           text(readers[kPkTable], row).value_or(""),
           text(readers[kPkColumn], row).value_or("")}};
}

bool same_target(const Constraint::Usage& a, const Constraint::Usage& b) {
  return a.catalog == b.catalog && a.schema == b.schema && a.table == b.table;
}

// Columns of one key: of one name, or, where keys have none, of one target until the
// sequence begins again.
std::vector<std::vector<ForeignColumn>> split_keys(std::vector<ForeignColumn> columns) {
  std::vector<std::vector<ForeignColumn>> keys;
  for (ForeignColumn& column : columns) {
    const auto belongs = [&](const std::vector<ForeignColumn>& key) {
      const ForeignColumn& last = key.back();
      if (column.key != last.key || !same_target(column.refers_to, last.refers_to)) {
        return false;
      }
      if (is_named(column.key)) return true;
      return std::none_of(key.begin(), key.end(), [&](const ForeignColumn& other) {
        return other.sequence == column.sequence;
      });
    };
    const auto found = std::find_if(keys.begin(), keys.end(), belongs);
    auto& key = found == keys.end() ? keys.emplace_back() : *found;
    key.push_back(std::move(column));
  }
  return keys;
}

template <class Column>
void sort_by_sequence(std::vector<Column>& columns) {
  std::stable_sort(
      columns.begin(), columns.end(),
      [](const Column& a, const Column& b) { return a.sequence < b.sequence; });
}

// Runs body unless the server has said before, or says now, that it has no such thing.
template <class Body>
void where_known(bool& has, const Body& body) {
  if (!has) return;
  try {
    body();
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented) throw;
    has = false;
  }
}

}  // namespace

std::vector<Constraint> KeyFinder::find(const TableName& table, const Wait& wait) {
  std::vector<Constraint> out;
  where_known(has_primary_, [&] { add_primary(table, wait, out); });
  where_known(has_foreign_, [&] { add_foreign(table, wait, out); });
  return out;
}

// Twice a table only until the first key has shown whether naming its place helps.
std::unique_ptr<ResultStream> KeyFinder::ask(MetadataRequest::Kind kind,
                                             TableName table, const Wait& wait) {
  if (names_ == Names::kLeftOut) {
    table.catalog.reset();
    table.schema.reset();
  }
  const Again again = names_ == Names::kTold ? Again::kNever : Again::kMayWiden;
  return ask_metadata(session_, {.kind = kind, .table = std::move(table)}, wait, false,
                      again);
}

void KeyFinder::add_primary(const TableName& table, const Wait& wait,
                            std::vector<Constraint>& out) {
  const auto answer = ask(MetadataRequest::Kind::kPrimaryKeys, table, wait);
  auto columns = read_rows<PrimaryColumn>(*answer, wait, read_primary);
  if (columns.empty()) return;
  note(columns.front().has_place);
  sort_by_sequence(columns);
  Constraint key{.name = columns.front().key, .type = "PRIMARY KEY"};
  for (PrimaryColumn& column : columns) key.columns.push_back(std::move(column.column));
  out.push_back(std::move(key));
}

void KeyFinder::add_foreign(const TableName& table, const Wait& wait,
                            std::vector<Constraint>& out) {
  const auto answer = ask(MetadataRequest::Kind::kImportedKeys, table, wait);
  auto rows = read_rows<ForeignColumn>(*answer, wait, read_foreign);
  if (rows.empty()) return;
  note(rows.front().has_place);
  auto keys = split_keys(std::move(rows));
  for (auto& columns : keys) {
    sort_by_sequence(columns);
    Constraint key{.name = columns.front().key, .type = "FOREIGN KEY"};
    for (ForeignColumn& column : columns) {
      key.columns.push_back(std::move(column.column));
      key.usage.push_back(std::move(column.refers_to));
    }
    out.push_back(std::move(key));
  }
}

}  // namespace fletching
