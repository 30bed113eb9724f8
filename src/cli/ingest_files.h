// SPDX-License-Identifier: Apache-2.0
// Files as one stream of rows: Arrow IPC here, CSV and Parquet by the Python beside us.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result_stream.h"

namespace fletching::cli {

enum class FileKind : uint8_t { kArrow, kCsv, kParquet };

struct FileOptions {
  std::optional<FileKind> kind;          // unset: by content, then by name
  std::vector<std::string> csv_options;  // words for fletching._files
};

// What is known of the reading while it goes on, and after the stream has gone.
struct FileState {
  int64_t bytes = 0;         // read so far
  int64_t total_bytes = -1;  // of all files; -1: unknown
  std::optional<Error> failure;
};

// "-" is standard input. Throws UsageError where the files are of several kinds, and
// Error(kInvalidArgument) naming the file where one cannot be read. All files have the
// columns of the first. Ctrl-C is noticed in every wait.
[[nodiscard]] std::unique_ptr<ResultStream> open_files(
    const std::vector<std::string>& files, const FileOptions& options,
    std::shared_ptr<FileState> state);

// By the first bytes, else by the name. Throws Error(kInvalidArgument) where neither
// tells. Pure, for tests.
[[nodiscard]] FileKind kind_of_file(const std::string& name,
                                    std::string_view beginning);

}  // namespace fletching::cli
