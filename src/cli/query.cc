// SPDX-License-Identifier: Apache-2.0
// query, tables and schema: everything that prints rows.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "arrow/owned.h"
#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace fletching::cli {
namespace {

std::optional<std::string> filter(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string read_standard_input() {
  std::string sql;
  char buffer[4096];
  size_t n = 0;
  while ((n = std::fread(buffer, 1, sizeof buffer, stdin)) > 0) sql.append(buffer, n);
  return sql;
}

std::string metadata_of(const ArrowSchema& field, const char* key) {
  ArrowStringView value{};
  if (ArrowMetadataGetValue(field.metadata, ArrowCharView(key), &value) !=
          NANOARROW_OK ||
      value.data == nullptr) {
    return "";
  }
  return std::string(value.data, static_cast<size_t>(value.size_bytes));
}

}  // namespace

Connection connect(const Arguments& arguments) {
  OptionMap options = arguments.options;
  const auto from_environment = [&](const char* option, const char* variable) {
    const char* value = std::getenv(variable);
    if (value != nullptr && options.count(option) == 0) options[option] = value;
  };
  from_environment("password", "FLETCHING_PASSWORD");
  from_environment("token", "FLETCHING_TOKEN");
  Database database(arguments.words.at(0), options);
  database.set_tick(interrupt_tick());
  return database.connect();
}

void print_result(Result& result, const Arguments& arguments) {
  if (!result.has_rows()) {
    const int64_t rows = result.rows_affected();
    if (arguments.quiet) return;
    if (rows < 0) {
      std::fputs("done\n", stderr);
    } else {
      std::fprintf(stderr, "%s row%s changed\n", grouped(rows).c_str(),
                   rows == 1 ? "" : "s");
    }
    return;
  }
  RowWriterOptions options = arguments.output;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  if (!arguments.format_given)
    options.format = terminal ? Format::kTable : Format::kCsv;
  if (options.format == Format::kArrow && terminal) {
    throw UsageError("--format arrow is binary: send it to a file or a pipe");
  }
  Tick* tick = interrupt_tick();
  ProgressLine progress(!arguments.quiet);
  const auto writer = make_row_writer(result.schema(), options, stdout);
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    if (terminal) progress.clear();
    writer->batch(*rows.get());
    progress.update(result.progress());
    tick->tick();
  }
  progress.clear();
  writer->finish();
  flush_all(stdout);
  if (!arguments.quiet && options.format == Format::kTable) {
    std::fprintf(stderr, "%s row%s\n", grouped(writer->rows()).c_str(),
                 writer->rows() == 1 ? "" : "s");
  }
}

int run_query(const Arguments& arguments) {
  const std::string& word = arguments.words.at(1);
  const std::string sql = word == "-" ? read_standard_input() : word;
  Connection connection = connect(arguments);
  Result result = connection.execute(sql);
  print_result(result, arguments);
  result.close();
  connection.close();
  return 0;
}

int run_tables(const Arguments& arguments) {
  Connection connection = connect(arguments);
  TablesFilter wanted;
  wanted.catalog = filter(arguments.catalog);
  wanted.schema_pattern = filter(arguments.schema);
  Result result = connection.get_tables(wanted);
  print_result(result, arguments);
  result.close();
  connection.close();
  return 0;
}

int run_schema(const Arguments& arguments) {
  Connection connection = connect(arguments);
  UniqueSchema schema;
  connection.get_table_schema(filter(arguments.catalog), filter(arguments.schema),
                              arguments.words.at(1), schema.get());
  Table table({{"column", "", false},
               {"type", "", false},
               {"null", "", false},
               {"server type", "", false}},
              0);
  for (int64_t i = 0; i < schema->n_children; ++i) {
    const ArrowSchema& field = *schema->children[i];
    const bool nullable = (field.flags & ARROW_FLAG_NULLABLE) != 0;
    table.add({field.name == nullptr ? "" : field.name, type_name(field),
               nullable ? "yes" : "no",
               metadata_of(field, "ARROW:FLIGHT:SQL:TYPE_NAME")});
  }
  write_all(stdout, table.finish());
  flush_all(stdout);
  connection.close();
  return 0;
}

}  // namespace fletching::cli
