// SPDX-License-Identifier: Apache-2.0
// The rows of an endpoint whose location is an http or https URL: a GET whose answer is
// an Arrow IPC stream (Flight.rst, "Extended Location URIs") or, where the face reads
// such, a Parquet file. The ticket is not used.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "arrow/ipc_reader.h"
#include "arrow/result_stream.h"
#include "arrow/stream_assembler.h"
#include "base/spool_file.h"
#include "flight/http_body.h"

namespace fletching {

// For one thread. What ends a wait leaves it as it was.
class HttpRows {
 public:
  // Connects and asks, and does not wait for the answer. Errors are HttpBody's.
  HttpRows(const ReadTarget& target, const FlightOptions& options, const Wait& wait);

  enum class Step : uint8_t { kBatch, kOther, kEnd };
  // The result's columns as far as they are known, null where nothing tells them: those
  // of a file are cast to them. Asked before it is read.
  using Wanted = std::function<const ArrowSchema*()>;
  // One message of the stream, or one batch of the file.
  [[nodiscard]] Step next(Batch& out, const Wanted& wanted, const Wait& wait);

  // Null until it has come; valid as long as the object.
  [[nodiscard]] const ArrowSchema* schema() const noexcept;
  // Nothing of the rows was seen, so that another place may be asked for them.
  [[nodiscard]] bool untouched() const noexcept { return schema() == nullptr; }
  // Received since asked last.
  [[nodiscard]] int64_t take_bytes() noexcept { return std::exchange(bytes_, 0); }

  [[nodiscard]] bool readable() const { return body_.readable(); }
  [[nodiscard]] bool wait_readable(const Wait& wait, Deadline nap) {
    return body_.wait_readable(wait, nap);
  }

 private:
  enum class Format : uint8_t { kUnknown, kArrow, kParquet };

  void find_format(const Wait& wait);
  [[nodiscard]] size_t read(std::span<uint8_t> out, const Wait& wait);
  [[nodiscard]] Step next_message(Batch& out, const Wait& wait);
  [[nodiscard]] Step next_of_file(Batch& out, const Wanted& wanted, const Wait& wait);
  void download_file(const Wait& wait);

  const FlightOptions& options_;
  HttpBody body_;
  Format format_ = Format::kUnknown;
  std::vector<uint8_t> begin_;  // looked at, to be read again
  int64_t bytes_ = 0;

  StreamAssembler assembler_;
  IpcReader reader_;

  std::unique_ptr<SpoolFile> spool_;
  std::unique_ptr<ResultStream> file_;  // destroyed before what it reads
  const ArrowSchema* file_schema_ = nullptr;
};

}  // namespace fletching
