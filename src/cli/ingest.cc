// SPDX-License-Identifier: Apache-2.0
// ingest: files into a table.
#include <cstdio>

#include "arrow/c_stream.h"
#include "cli/commands.h"
#include "cli/ingest_files.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace fletching::cli {
namespace {

FileOptions file_options(const Arguments& arguments) {
  FileOptions options;
  const std::string& format = arguments.format_name;
  if (format == "arrow") options.kind = FileKind::kArrow;
  if (format == "csv") options.kind = FileKind::kCsv;
  if (format == "parquet") options.kind = FileKind::kParquet;
  options.csv_options = arguments.csv_options;
  return options;
}

IngestOptions target_of(const Arguments& arguments) {
  IngestOptions target = arguments.ingest;
  target.table = arguments.words.at(1);
  target.catalog = arguments.catalog;
  target.schema = arguments.schema;
  return target;
}

int64_t write_rows(Statement& statement, const IngestOptions& target,
                   std::unique_ptr<ResultStream> rows, const FileState& state) {
  UniqueArrayStream stream =
      export_stream(std::move(rows), [] { return Wait{.tick = interrupt_tick()}; });
  try {
    return statement.ingest(target, stream.get());
  } catch (const Error& e) {
    interrupt_tick()->tick();  // what is behind it, if a signal is
    if (state.failure) throw *state.failure;
    if (e.code() != Code::kNotImplemented || target.insert_fallback) throw;
    throw Error(e.code(), e.message() + "; here that is --insert-fallback",
                e.sqlstate(), e.vendor_code(), e.details());
  }
}

void print_count(int64_t rows, const std::string& table) {
  if (rows < 0) {
    std::fputs("done\n", stderr);
  } else {
    std::fprintf(stderr, "%s row%s written to %s\n", grouped(rows).c_str(),
                 rows == 1 ? "" : "s", printable(table).c_str());
  }
}

}  // namespace

int run_ingest(const Arguments& arguments) {
  const std::vector<std::string> files(arguments.words.begin() + 2,
                                       arguments.words.end());
  const IngestOptions target = target_of(arguments);
  // First the files, which cost nothing if they are wrong.
  const auto state = std::make_shared<FileState>();
  static_cast<void>(interrupt_tick());
  auto rows = open_files(files, file_options(arguments), state);
  Connection connection = connect(arguments);
  Statement statement = connection.statement();
  ProgressLine line(!arguments.quiet);
  statement.set_progress([&](const ResultProgress& now) {
    ResultProgress shown = now;
    if (state->total_bytes > 0) {
      shown.fraction =
          static_cast<double>(state->bytes) / static_cast<double>(state->total_bytes);
    }
    line.update(shown);
  });
  const int64_t written = write_rows(statement, target, std::move(rows), *state);
  line.clear();
  if (!arguments.quiet) print_count(written, target.table);
  statement.close();
  connection.close();
  return 0;
}

}  // namespace fletching::cli
