// SPDX-License-Identifier: Apache-2.0
// Rows into a DoPut as messages of a good size: larger batches are sliced, tiny ones
// merged. Data is not copied, but for merged ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "arrow/array_size.h"
#include "arrow/ipc_writer.h"
#include "arrow/result_stream.h"
#include "flight/client.h"
#include "flightsql/batch_merger.h"

namespace fletching {

struct BatchWriterOptions {
  // Bytes; a larger single row goes all the same. gRPC servers take 4 MiB unless they
  // are told otherwise.
  int64_t max_message = int64_t{4} << 20;
  bool merge = false;
};

// For one DoPut and one thread.
class BatchWriter {
 public:
  using Written = std::function<void(int64_t rows, int64_t bytes)>;  // so far

  // `put` must outlive it. `written` is called after each batch.
  BatchWriter(PutStream& put, BatchWriterOptions options, Written written = {});
  ~BatchWriter();

  // The schema and all rows. Stops early, without an error, where the server has ended
  // the call: finish() tells why. Where the source fails the call is cancelled.
  void write_all(ResultStream& rows, const Wait& wait);

 private:
  void take(UniqueArray rows, const Wait& wait);
  void flush(const Wait& wait);
  void write_rows(const ArrowArray& rows, const Wait& wait);
  void write_slices(const ArrowArray& rows, int64_t bytes, int64_t fixed,
                    const Wait& wait);
  bool send(const IpcEncoded& message, const Wait& wait);
  void tell(int64_t rows);

  PutStream& put_;
  const BatchWriterOptions options_;
  const Written written_;
  std::unique_ptr<IpcWriter> writer_;
  std::unique_ptr<BatchMerger> merger_;  // null: nothing is merged
  FieldType type_;
  std::vector<UniqueArray> pending_;
  int64_t pending_rows_ = 0, pending_bytes_ = 0;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  bool ended_ = false;  // by the server
};

}  // namespace fletching
