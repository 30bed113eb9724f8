// SPDX-License-Identifier: Apache-2.0
// Writes the Arrow IPC streaming format (what `.arrows` files and pipes carry).
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "arrow/ipc_writer.h"

namespace fletching {

class StreamFileWriter {
 public:
  using Sink = std::function<void(std::span<const uint8_t>)>;

  // Writes the schema at once. Errors of the sink pass through.
  StreamFileWriter(const ArrowSchema& schema, Sink sink,
                   IpcCompression compression = IpcCompression::kNone);
  void write(const ArrowArray& rows);
  // The end-of-stream marker; nothing may follow.
  void finish();

 private:
  void message(const IpcEncoded& encoded);

  IpcWriter writer_;
  Sink sink_;
};

}  // namespace fletching
