// SPDX-License-Identifier: Apache-2.0
// schema: the columns of a table, their types and keys.
#include <cstdio>

#include "cli/commands.h"
#include "render/table_description.h"

namespace fletching::cli {

int run_schema(const Arguments& arguments) {
  Connection connection = connect(arguments);
  const TableDescription table = describe_table(
      connection, {arguments.catalog, arguments.schema, arguments.words.at(1)},
      "fletching tables URL");
  connection.close();
  if (!arguments.format_given || arguments.output.format == Format::kTable) {
    write_all(stdout, records_text(table.columns));
    flush_all(stdout);
    if (!table.keys_told && !arguments.quiet) {
      std::fputs("this server does not tell keys\n", stderr);
    }
  } else {
    print_records(table.columns, arguments);
  }
  return 0;
}

}  // namespace fletching::cli
