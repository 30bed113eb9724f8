// SPDX-License-Identifier: Apache-2.0
#include "flink/metadata.h"

#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "arrow/ipc_writer.h"
#include "backend/sql_dialect.h"
#include "base/log.h"
#include "flink/query.h"
#include "flink/types.h"

namespace fletching::flink {
namespace {

using Row = std::vector<std::optional<std::string>>;
using Kind = MetadataRequest::Kind;

std::string quoted(std::string_view name) {
  return quote_identifier(name, *find_dialect("flink"));
}

// The columns of text of a statement's rows, all others NULL, and of BOOLEAN as 0 or 1.
std::vector<Row> rows_of(const std::shared_ptr<Statements>& statements,
                         const std::string& sql, const Wait& wait) {
  const auto query = make_query(statements, sql);
  const auto stream = query->execute(wait);
  UniqueArrayView view;
  NANOARROW_THROW_NOT_OK(
      ArrowArrayViewInitFromSchema(view.get(), &stream->schema(wait), nullptr));
  std::vector<Row> rows;
  for (Batch batch; stream->next(batch, wait) == Next::kBatch; batch = Batch()) {
    NANOARROW_THROW_NOT_OK(
        ArrowArrayViewSetArray(view.get(), batch.rows.get(), nullptr));
    for (int64_t i = 0; i < batch.rows->length; ++i) {
      Row& row = rows.emplace_back();
      for (int64_t c = 0; c < view->n_children; ++c) {
        const ArrowArrayView* column = view->children[c];
        auto& cell = row.emplace_back();
        if (ArrowArrayViewIsNull(column, i)) continue;
        if (column->storage_type == NANOARROW_TYPE_STRING) {
          const auto text = ArrowArrayViewGetStringUnsafe(column, i);
          cell = std::string(text.data, static_cast<size_t>(text.size_bytes));
        } else if (column->storage_type == NANOARROW_TYPE_BOOL) {
          cell = std::to_string(ArrowArrayViewGetIntUnsafe(column, i));
        }
      }
    }
  }
  return rows;
}

std::vector<std::string> names_of(const std::shared_ptr<Statements>& statements,
                                  const std::string& sql, const Wait& wait) {
  std::vector<std::string> names;
  for (Row& row : rows_of(statements, sql, wait)) {
    if (!row.empty() && row[0]) names.push_back(*std::move(row[0]));
  }
  return names;
}

// A table of text (and bytes) as a stream of one batch.
class Table final : public ResultStream {
 public:
  struct Column {
    const char* name;
    ArrowType type = NANOARROW_TYPE_STRING;
  };

  explicit Table(const std::vector<Column>& columns) {
    ArrowSchemaInit(schema_.get());
    NANOARROW_THROW_NOT_OK(
        ArrowSchemaSetTypeStruct(schema_.get(), static_cast<int64_t>(columns.size())));
    for (size_t i = 0; i < columns.size(); ++i) {
      ArrowSchema* child = schema_->children[i];
      NANOARROW_THROW_NOT_OK(ArrowSchemaSetType(child, columns[i].type));
      NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(child, columns[i].name));
    }
    NANOARROW_THROW_NOT_OK(
        ArrowArrayInitFromSchema(rows_.get(), schema_.get(), nullptr));
    NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(rows_.get()));
  }

  void add(const Row& row) {
    for (size_t i = 0; i < row.size(); ++i) append(*rows_->children[i], row[i]);
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(rows_.get()));
  }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }
  Next next(Batch& out, const Wait&, Deadline) override {
    if (std::exchange(taken_, true)) return Next::kEnd;
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(rows_.get(), nullptr));
    out.rows = std::move(rows_);
    return Next::kBatch;
  }
  void cancel() noexcept override {}

 private:
  static void append(ArrowArray& column, const std::optional<std::string>& cell) {
    if (!cell) {
      NANOARROW_THROW_NOT_OK(ArrowArrayAppendNull(&column, 1));
      return;
    }
    ArrowBufferView bytes;
    bytes.data.data = cell->data();
    bytes.size_bytes = static_cast<int64_t>(cell->size());
    const auto* storage = static_cast<ArrowArrayPrivateData*>(column.private_data);
    if (storage->storage_type == NANOARROW_TYPE_INT32) {
      NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(&column, std::stoi(*cell)));
    } else {
      NANOARROW_THROW_NOT_OK(ArrowArrayAppendBytes(&column, bytes));
    }
  }

  UniqueSchema schema_;
  UniqueArray rows_;
  bool taken_ = false;
};

struct TablePlace {
  std::string catalog, database;
  [[nodiscard]] std::string sql() const {
    return quoted(catalog) + "." + quoted(database);
  }
};

class Reader {
 public:
  Reader(const std::shared_ptr<Statements>& statements, const MetadataRequest& request,
         const Wait& wait)
      : statements_(statements), request_(request), wait_(wait) {}

  std::unique_ptr<ResultStream> catalogs() const {
    auto table = std::make_unique<Table>(std::vector<Table::Column>{{"catalog_name"}});
    for (const auto& name : names("SHOW CATALOGS")) table->add({name});
    return table;
  }

  std::unique_ptr<ResultStream> databases() const {
    auto table = std::make_unique<Table>(
        std::vector<Table::Column>{{"catalog_name"}, {"db_schema_name"}});
    for (const auto& place : places()) table->add({place.catalog, place.database});
    return table;
  }

  std::unique_ptr<ResultStream> tables() const {
    std::vector<Table::Column> columns = {
        {"catalog_name"}, {"db_schema_name"}, {"table_name"}, {"table_type"}};
    if (request_.include_schema) {
      columns.push_back({"table_schema", NANOARROW_TYPE_BINARY});
    }
    auto table = std::make_unique<Table>(columns);
    for (const auto& place : places()) {
      const auto views = names_if_any("SHOW VIEWS FROM " + place.sql());
      const std::set<std::string> is_view(views.begin(), views.end());
      for (const auto& name : names("SHOW TABLES FROM " + place.sql() + like())) {
        Row row = {place.catalog, place.database, name,
                   is_view.count(name) != 0 ? "VIEW" : "TABLE"};
        if (request_.include_schema) row.push_back(schema_of(place, name));
        table->add(row);
      }
    }
    return table;
  }

  static std::unique_ptr<ResultStream> table_types() {
    auto table = std::make_unique<Table>(std::vector<Table::Column>{{"table_type"}});
    for (const char* type : {"TABLE", "VIEW"}) table->add({type});
    return table;
  }

  std::unique_ptr<ResultStream> primary_keys() const {
    auto table = std::make_unique<Table>(
        std::vector<Table::Column>{{"catalog_name"},
                                   {"db_schema_name"},
                                   {"table_name"},
                                   {"column_name"},
                                   {"key_name"},
                                   {"key_sequence", NANOARROW_TYPE_INT32}});
    const TableName& name = request_.table;
    std::string sql = quoted(name.table);
    if (name.schema) sql = quoted(*name.schema) + "." + sql;
    if (name.catalog) sql = quoted(*name.catalog) + "." + sql;
    int at = 0;
    // key: "PRI(id)", or of several columns "PRI(a, b)" at each.
    for (const Row& row : rows_of(statements_, "DESCRIBE " + sql, wait_)) {
      if (row.size() < 4 || !row[0] || !row[3] || !row[3]->starts_with("PRI("))
        continue;
      table->add({name.catalog, name.schema, name.table, row[0], std::nullopt,
                  std::to_string(++at)});
    }
    return table;
  }

 private:
  [[nodiscard]] std::vector<std::string> names(const std::string& sql) const {
    return names_of(statements_, sql, wait_);
  }
  // Of what an older server has no statement for.
  [[nodiscard]] std::vector<std::string> names_if_any(const std::string& sql) const {
    try {
      return names(sql);
    } catch (const Error& e) {
      if (e.code() == Code::kCancelled || e.code() == Code::kTimeout) throw;
      log(LogLevel::kDebug, e.message());
      return {};
    }
  }

  // Fewer answers where the names are told; the driver filters for good.
  [[nodiscard]] std::string like() const {
    const auto& pattern = request_.table_pattern;
    if (!pattern || pattern->find_first_of("'\\") != std::string::npos) return "";
    return " LIKE '" + *pattern + "'";
  }

  [[nodiscard]] std::vector<TablePlace> places() const {
    std::vector<std::string> catalogs;
    if (request_.catalog) {
      if (!request_.catalog->empty()) catalogs.push_back(*request_.catalog);
    } else {
      catalogs = names("SHOW CATALOGS");
    }
    const auto& pattern = request_.schema_pattern;
    const bool exact = pattern && !pattern->empty() &&
                       pattern->find_first_of("%_\\") == std::string::npos;
    std::vector<TablePlace> found;
    for (const auto& catalog : catalogs) {
      const auto databases = exact ? std::vector<std::string>{*pattern}
                                   : names("SHOW DATABASES FROM " + quoted(catalog));
      for (const auto& database : databases) found.push_back({catalog, database});
    }
    return found;
  }

  // The table's Arrow schema, as an IPC message; empty where it cannot be told.
  [[nodiscard]] std::string schema_of(const TablePlace& place,
                                      const std::string& name) const {
    Columns columns;
    const std::string table = place.sql() + "." + quoted(name);
    try {
      for (const Row& row : rows_of(statements_, "DESCRIBE " + table, wait_)) {
        if (row.size() < 3 || !row[0] || !row[1]) continue;
        std::string text = *row[1];
        // "TIMESTAMP(3) *ROWTIME*": a time attribute is a timestamp all the same.
        text = text.substr(0, text.find(" *"));
        Field field{*row[0], parse_type(text), ""};
        field.type.nullable = row[2] != std::string("0");
        columns.push_back(std::move(field));
      }
      const UniqueSchema schema = arrow_schema(columns);
      const auto bytes = encode_schema(*schema.get());
      return {bytes.begin(), bytes.end()};
    } catch (const Error& e) {
      if (e.code() == Code::kCancelled || e.code() == Code::kTimeout) throw;
      throw e.with_context("the columns of table " + table);
    }
  }

  const std::shared_ptr<Statements>& statements_;
  const MetadataRequest& request_;
  const Wait& wait_;
};

}  // namespace

std::unique_ptr<ResultStream> read_metadata(
    const std::shared_ptr<Statements>& statements, const MetadataRequest& request,
    const Wait& wait) {
  const Reader reader(statements, request, wait);
  switch (request.kind) {
    case Kind::kCatalogs:
      return reader.catalogs();
    case Kind::kDbSchemas:
      return reader.databases();
    case Kind::kTables:
      return reader.tables();
    case Kind::kTableTypes:
      return Reader::table_types();
    case Kind::kPrimaryKeys:
      return reader.primary_keys();
    default:
      throw Error(Code::kNotImplemented,
                  "metadata: Flink has nothing of the sort (its catalogs, databases, "
                  "tables and primary keys can be asked for)");
  }
}

}  // namespace fletching::flink
