// SPDX-License-Identifier: Apache-2.0
// tables: the server's tables, filtered.
#include <cstdio>

#include "cli/commands.h"

namespace fletching::cli {
namespace {

bool is_filtered(const Arguments& a) {
  return a.catalog || a.schema || a.table || !a.types.empty();
}

}  // namespace

int run_tables(const Arguments& arguments) {
  Connection connection = connect(arguments);
  const TablesFilter wanted{.catalog = arguments.catalog,
                            .schema_pattern = arguments.schema,
                            .table_pattern = arguments.table,
                            .table_types = arguments.types};
  Result result = connection.get_tables(wanted);
  print_result(result, arguments);
  const bool found_none = result.progress().rows == 0;
  result.close();
  connection.close();
  if (found_none && !arguments.quiet && is_filtered(arguments)) {
    std::fputs(
        "no table matches (case counts; in --schema and --table % is any text, _ any "
        "character, \\ takes them literally; without filters all are listed)\n",
        stderr);
  }
  return 0;
}

}  // namespace fletching::cli
