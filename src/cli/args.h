// SPDX-License-Identifier: Apache-2.0
// The command line: what was asked for, or a UsageError that says how to ask.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/login.h"
#include "cli/output.h"
#include "fletching/driver.h"
#include "render/live_table.h"

namespace fletching::cli {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Arguments {
  std::string command;             // "query", "tables", "schema", "ping", "serve", ...
  std::vector<std::string> words;  // what follows it
  Login login;                     // --auth, --auth-option, --token-command
  OptionMap options;               // --option NAME=VALUE and the short ones
  RowWriterOptions output;
  bool format_given = false;
  std::string format_name;  // of ingest: arrow, csv or parquet; empty: by the file
  bool quiet = false;       // no progress, no row count
  std::vector<std::string> init;  // of query: SQL that runs first in the same session
  bool live = false;  // query of Flink: the table that a changelog describes
  render::LiveLimits live_limits;
  bool help = false;
  // Filters of tables and schema. Unset: any; empty: those without. Of ingest: where
  // the table is.
  std::optional<std::string> catalog, schema, table;
  std::vector<std::string> types;
  IngestOptions ingest;                  // of ingest, without names
  std::vector<std::string> csv_options;  // of ingest, for fletching._files
};

// argv without the program's name. "serve" takes all that follows it as it is.
[[nodiscard]] Arguments parse_arguments(const std::vector<std::string>& argv);

// What concerns that command, or everything if it is none.
[[nodiscard]] std::string help_text(const std::string& command);

}  // namespace fletching::cli
