// SPDX-License-Identifier: Apache-2.0
// ipc_tool [lz4|zstd] [slice=START:LENGTH] [schema]: decodes the Arrow IPC stream of
// standard input, has nanoarrow validate what came out, and encodes it to standard
// output. Exit code 3 and the message on standard error where the input is refused.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "arrow/judge_for_test.h"
#include "arrow/stream_file.h"
#include "fletching/error.h"

namespace fletching {
namespace {

struct Options {
  IpcCompression compression = IpcCompression::kNone;
  int64_t start = 0;
  int64_t length = INT64_MAX;
  bool schema_only = false;  // input is one encapsulated schema, as FlightInfo has it
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "lz4") {
      options.compression = IpcCompression::kLz4Frame;
    } else if (word == "zstd") {
      options.compression = IpcCompression::kZstd;
    } else if (word == "schema") {
      options.schema_only = true;
    } else if (std::sscanf(word.c_str(), "slice=%ld:%ld", &options.start,
                           &options.length) != 2) {
      throw Error(Code::kInvalidArgument, "unknown option " + word);
    }
  }
  return options;
}

void put(std::span<const uint8_t> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) std::exit(4);
}

size_t take(std::span<uint8_t> bytes) {
  return std::fread(bytes.data(), 1, bytes.size(), stdin);
}

void judge(const ArrowArray& rows, const ArrowSchema& schema) {
  const std::string complaint = complaint_of_nanoarrow(rows, schema);
  if (complaint.empty()) return;
  std::fprintf(stderr, "nanoarrow: %s\n", complaint.c_str());
  std::exit(5);
}

void run(const Options& options) {
  if (options.schema_only) {
    std::vector<uint8_t> bytes(1 << 20);
    bytes.resize(take(bytes));
    put(encode_schema(*decode_schema(bytes).get()));
    return;
  }
  StreamFileReader reader(take);
  StreamFileWriter writer(reader.schema(), put, options.compression);
  for (UniqueArray rows; reader.next(rows); rows.reset()) {
    judge(*rows.get(), reader.schema());
    const int64_t start = std::min(options.start, rows->length);
    rows->offset += start;
    rows->length = std::min(rows->length - start, options.length);
    writer.write(*rows.get());
  }
  writer.finish();
}

}  // namespace
}  // namespace fletching

int main(int argc, char** argv) {
  try {
    fletching::run(fletching::parse(argc, argv));
    return 0;
  } catch (const fletching::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
