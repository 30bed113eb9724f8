// SPDX-License-Identifier: Apache-2.0
#include "render/table_description.h"

#include <strings.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "driver/columns.h"
#include "render/cell.h"
#include "render/table.h"

namespace fletching::render {
namespace {

// XdbcDataType of FlightSql.proto: those whose size people write behind the name.
enum Xdbc : int16_t { kChar = 1, kNumeric = 2, kDecimal = 3, kVarChar = 12 };
constexpr int32_t kUnlimited =
    1'000'000'000;  // what servers say for "as long as may be"

std::string sql_type(const ColumnFacts& facts) {
  const bool is_whole = facts.type_name.find('(') != std::string::npos;
  if (is_whole || !facts.size || *facts.size <= 0 || *facts.size >= kUnlimited) {
    return facts.type_name;
  }
  const std::string size = std::to_string(*facts.size);
  switch (facts.data_type) {
    case kNumeric:
    case kDecimal:
      return facts.type_name + "(" + size + ", " +
             std::to_string(facts.digits.value_or(0)) + ")";
    case kChar:
    case kVarChar:
      return facts.type_name + "(" + size + ")";
    default:
      return facts.type_name;
  }
}

// ---- where the table is ----

// "catalog.schema.table" in pieces, for what is no table by its whole name.
std::optional<TableRef> split_name(const TableRef& whole) {
  const std::string& name = whole.table;
  const size_t last = name.rfind('.');
  if (last == std::string::npos || whole.schema) return std::nullopt;
  TableRef out{whole.catalog, name.substr(0, last), name.substr(last + 1)};
  const size_t first = out.schema->find('.');
  if (first != std::string::npos && !whole.catalog) {
    out.catalog = out.schema->substr(0, first);
    out.schema = out.schema->substr(first + 1);
  }
  return out;
}

std::string dotted(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!part.empty()) out += (out.empty() ? "" : ".") + part;
  }
  return out;
}

// Tables whose name differs in case alone, for the message.
std::string similar_tables(Connection& connection, const std::string& table) {
  constexpr size_t kMost = 200;
  std::string out;
  Result result = connection.get_tables({});
  std::vector<CellWriter> cells;
  for (int64_t i = 0; i < 3; ++i) cells.emplace_back(*result.schema().children[i]);
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    for (size_t i = 0; i < cells.size(); ++i) cells[i].set_array(*rows->children[i]);
    for (int64_t row = 0; row < rows->length && out.size() < kMost; ++row) {
      std::vector<std::string> names(cells.size());
      for (size_t i = 0; i < cells.size(); ++i) {
        if (!cells[i].is_null(row)) cells[i].append(names[i], row, CellStyle::kText);
      }
      if (::strcasecmp(names[2].c_str(), table.c_str()) != 0) continue;
      out += (out.empty() ? "" : ", ") + dotted(names);
    }
  }
  return out;
}

[[noreturn]] void no_such_table(Connection& connection, const std::string& name,
                                std::string_view list_command, const Error& error) {
  const size_t dot = name.rfind('.');
  const std::string table = dot == std::string::npos ? name : name.substr(dot + 1);
  std::string hint;
  try {
    hint = similar_tables(connection, table);
  } catch (const Error&) {
    // The first error is the one to tell.
  }
  hint = hint.empty() ? "; " + std::string(list_command) + " lists what there is"
                      : "; there is " + hint;
  throw Error(error.code(), error.message() + hint, error.sqlstate(),
              error.vendor_code(), error.details());
}

TableRef find_table(Connection& connection, const TableRef& whole,
                    std::string_view list_command, UniqueSchema& out) {
  try {
    connection.get_table_schema(whole.catalog, whole.schema, whole.table, out.get());
    return whole;
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound) throw;
    const auto parts = split_name(whole);
    if (!parts) no_such_table(connection, whole.table, list_command, error);
    try {
      connection.get_table_schema(parts->catalog, parts->schema, parts->table,
                                  out.get());
      return *parts;
    } catch (const Error& again) {
      if (again.code() != Code::kNotFound) throw;
      no_such_table(connection, whole.table, list_command, error);
    }
  }
}

// ---- keys ----

struct Keys {
  std::map<std::string, int64_t> primary;       // column: its place in the key
  std::map<std::string, std::string> referred;  // column: "schema.table(column)"
  bool is_told = true;
};

// Calls body(texts of the row, by column) for all rows.
template <class Body>
void for_texts(Result result, const Body& body) {
  std::vector<CellWriter> cells;
  const ArrowSchema& schema = result.schema();
  for (int64_t i = 0; i < schema.n_children; ++i)
    cells.emplace_back(*schema.children[i]);
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    for (size_t i = 0; i < cells.size(); ++i) cells[i].set_array(*rows->children[i]);
    for (int64_t row = 0; row < rows->length; ++row) {
      std::vector<std::string> texts(cells.size());
      for (size_t i = 0; i < cells.size(); ++i) {
        if (!cells[i].is_null(row)) cells[i].append(texts[i], row, CellStyle::kText);
      }
      body(texts);
    }
  }
}

// A server without keys, or without one of the two commands, tells what it can.
void unless_not_implemented(bool& is_told, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented) throw;
    is_told = false;
  }
}

Keys keys_of(Connection& connection, const TableRef& table) {
  Keys out;
  unless_not_implemented(out.is_told, [&] {
    for_texts(connection.get_primary_keys(table), [&](const auto& row) {
      out.primary[row[3]] = std::strtoll(row[5].c_str(), nullptr, 10);
    });
  });
  unless_not_implemented(out.is_told, [&] {
    for_texts(connection.get_imported_keys(table), [&](const auto& row) {
      std::string& text = out.referred[row[7]];
      text += (text.empty() ? "" : ", ") + dotted({row[0], row[1], row[2]}) + "(" +
              row[3] + ")";
    });
  });
  return out;
}

Records describe(const ArrowSchema& schema, const Keys& keys) {
  Records out{{"column", "type", "arrow_type", "nullable", "primary_key", "references",
               "remarks"},
              {}};
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = *schema.children[i];
    const ColumnFacts facts = column_facts(field);
    const std::string name = field.name == nullptr ? "" : field.name;
    const auto primary = keys.primary.find(name);
    const auto referred = keys.referred.find(name);
    out.rows.push_back(
        {name, sql_type(facts), type_name(field), facts.nullable,
         primary == keys.primary.end() ? Value() : Value(primary->second),
         referred == keys.referred.end() ? Value() : Value(referred->second),
         facts.remarks.value_or("").empty() ? Value() : Value(*facts.remarks)});
  }
  return out;
}

}  // namespace

TableDescription describe_table(Connection& connection, const TableRef& table,
                                std::string_view list_command) {
  UniqueSchema schema;
  const TableRef found = find_table(connection, table, list_command, schema);
  const Keys keys = keys_of(connection, found);
  return {describe(*schema.get(), keys), keys.is_told};
}

std::string records_text(const Records& records) {
  std::vector<size_t> shown;
  std::vector<Table::Column> columns;
  for (size_t i = 0; i < records.columns.size(); ++i) {
    bool says_something = i < 4;
    for (const auto& row : records.rows) says_something |= row[i].index() != 0;
    if (!says_something) continue;
    shown.push_back(i);
    std::string title = records.columns[i];
    for (char& c : title) c = c == '_' ? ' ' : c;
    columns.push_back({title, "", false});
  }
  Table table(std::move(columns), 0);
  for (const auto& row : records.rows) {
    std::vector<std::string> cells;
    for (const size_t i : shown) cells.push_back(value_text(row[i]));
    table.add(std::move(cells));
  }
  return table.finish();
}

}  // namespace fletching::render
