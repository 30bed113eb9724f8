// SPDX-License-Identifier: Apache-2.0
// The commands of the command line; each returns the process's exit code or throws.
#pragma once

#include "cli/args.h"
#include "cli/output.h"

namespace fletching::cli {

inline constexpr int kExitServer = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoConnection = 3;
inline constexpr int kExitNotAuthorised = 4;
inline constexpr int kExitTimeout = 5;
inline constexpr int kExitOutputClosed = 141;  // as if SIGPIPE had ended it

// All of the command line, to the end of the process.
[[noreturn]] int run_main(int argc, char** argv);

int run_query(const Arguments& arguments);
int run_tables(const Arguments& arguments);
int run_schema(const Arguments& arguments);
int run_ingest(const Arguments& arguments);
int run_ping(const Arguments& arguments);
int run_info(const Arguments& arguments);
// Becomes `python -m fletching.serve` under the same process id; returns only if it
// cannot.
int run_serve(const Arguments& arguments);
// Becomes `python -m fletching.shell`, in the same way.
int run_shell(const Arguments& arguments);

// What the arguments and the environment say about the connection.
[[nodiscard]] OptionMap connection_options(const Arguments& arguments);
// Its rows come in their own time, and are shown as they do.
[[nodiscard]] bool is_flink(const Arguments& arguments);
// Connects as the arguments say, with Ctrl-C ending any wait.
[[nodiscard]] Connection connect(const Arguments& arguments);

// Prints them in the format that was asked for; by itself as print_result does.
void print_records(const Records& records, const Arguments& arguments);

// Prints all rows of a result and, on standard error, their count.
void print_result(Result& result, const Arguments& arguments);

}  // namespace fletching::cli
