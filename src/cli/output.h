// SPDX-License-Identifier: Apache-2.0
// The command line's output: where rows that were rendered go.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "render/cell.h"
#include "render/record.h"
#include "render/row_writer.h"
#include "render/table.h"

namespace fletching::cli {

using namespace render;  // NOLINT: what is printed here is made there

// The output cannot be written, to a full disk say.
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Whoever read the output has closed it, as `head` does when it has enough.
struct OutputClosed {};

// All of text, or OutputError, OutputClosed; Interrupted where a signal came while
// nobody read.
void write_all(std::FILE* out, std::string_view text);
// What is buffered, in the same way.
void flush_all(std::FILE* out);
// The same for rows.
[[nodiscard]] Sink sink_to(std::FILE* out);

}  // namespace fletching::cli
