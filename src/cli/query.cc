// SPDX-License-Identifier: Apache-2.0
// query, and what all commands that print rows share.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "arrow/owned.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/live.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace fletching::cli {
namespace {

std::string read_standard_input() {
  std::string sql;
  char buffer[4096];
  size_t n = 0;
  while ((n = std::fread(buffer, 1, sizeof buffer, stdin)) > 0) sql.append(buffer, n);
  return sql;
}

bool is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

RowWriterOptions output_options(const Arguments& arguments) {
  RowWriterOptions options = arguments.output;
  if (!arguments.format_given) {
    options.format = is_terminal() ? Format::kTable : Format::kCsv;
  }
  if (options.format == Format::kArrow && is_terminal()) {
    throw UsageError("--format arrow is binary: send it to a file or a pipe");
  }
  return options;
}

void finish(RowWriter& writer, const RowWriterOptions& options,
            const Arguments& arguments) {
  writer.finish();
  flush_all(stdout);
  if (!arguments.quiet && options.format == Format::kTable) {
    std::fprintf(stderr, "%s row%s\n", grouped(writer.rows()).c_str(),
                 writer.rows() == 1 ? "" : "s");
  }
}

// Servers are polled for their progress only where somebody sees it.
Result execute(Connection& connection, const std::string& sql, bool show_progress) {
  Statement statement = connection.statement();
  ProgressLine line(show_progress);
  if (line.wanted()) {
    statement.set_progress([&](const ResultProgress& now) { line.update(now); });
  }
  return statement.execute(sql);
}

void run_init(Connection& connection, const Arguments& arguments) {
  for (const std::string& sql : arguments.init) {
    Result result = execute(connection, sql, false);
    if (!result.has_rows()) continue;
    for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    }
  }
}

void run(Connection& connection, const std::string& sql, const Arguments& arguments) {
  run_init(connection, arguments);
  Result result = execute(connection, sql, !arguments.quiet);
  if (arguments.live && result.has_rows()) {
    print_live(result, output_options(arguments), arguments.live_limits,
               arguments.quiet);
  } else {
    print_result(result, arguments);
  }
  result.close();
}

}  // namespace

bool is_flink(const Arguments& arguments) {
  const std::string& url = arguments.words.at(0);
  return url.starts_with("flink+") || url.starts_with("confluent:");
}

OptionMap connection_options(const Arguments& arguments) {
  OptionMap options = arguments.options;
  const auto from_environment = [&](const char* option, const char* variable) {
    const char* value = std::getenv(variable);
    if (value != nullptr && options.count(option) == 0) options[option] = value;
  };
  from_environment("password", "FLETCHING_PASSWORD");
  if (arguments.login.kind.empty()) from_environment("token", "FLETCHING_TOKEN");
  if (is_flink(arguments)) options.try_emplace("changelog", "auto");
  return options;
}

Connection connect(const Arguments& arguments) {
  Database database(arguments.words.at(0), connection_options(arguments));
  database.set_tick(interrupt_tick());
  if (!arguments.login.kind.empty()) {
    database.set_token_provider(token_provider(arguments.login));
  }
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
  const RowWriterOptions options = output_options(arguments);
  const bool terminal = is_terminal();
  Tick* tick = interrupt_tick();
  ProgressLine progress(!arguments.quiet);
  const auto writer = make_row_writer(result.schema(), options, sink_to(stdout));
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    if (terminal) progress.clear();
    writer->batch(*rows.get());
    if (is_flink(arguments)) {
      writer->release();
      flush_all(stdout);
    }
    progress.update(result.progress());
    tick->tick();
  }
  progress.clear();
  finish(*writer, options, arguments);
}

void print_records(const Records& records, const Arguments& arguments) {
  RowWriterOptions options = output_options(arguments);
  options.types = false;
  const UniqueSchema schema = records.schema();
  const auto writer = make_row_writer(*schema.get(), options, sink_to(stdout));
  const UniqueArray rows = records.batch();
  writer->batch(*rows.get());
  finish(*writer, options, arguments);
}

int run_query(const Arguments& arguments) {
  const std::string& word = arguments.words.at(1);
  const std::string sql = word == "-" ? read_standard_input() : word;
  if (arguments.live && !is_flink(arguments)) {
    throw UsageError("--live is for queries of Flink");
  }
  Connection connection = connect(arguments);
  try {
    run(connection, sql, arguments);
  } catch (...) {
    if (is_flink(arguments)) {  // a job would go on by itself
      interrupt_heard();
      connection.close();
    }
    throw;
  }
  connection.close();
  return 0;
}

}  // namespace fletching::cli
