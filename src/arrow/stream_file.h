// SPDX-License-Identifier: Apache-2.0
// The IPC streaming format (Arrow Columnar Format, "Encapsulated message format") to
// and from bytes: files, pipes, standard output.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "arrow/owned.h"

namespace fletching {

// Takes all of the bytes or throws.
using ByteSink = std::function<void(std::span<const uint8_t> bytes)>;

// Fills in bytes and says how many; fewer than asked only at the end of the input.
using ByteSource = std::function<size_t(std::span<uint8_t> bytes)>;

class StreamFileWriter {
 public:
  // Writes the schema at once. The schema must be a struct type and is copied.
  StreamFileWriter(const ArrowSchema& schema, ByteSink sink,
                   IpcCompression compression = IpcCompression::kNone);
  void write(const ArrowArray& rows);
  void finish();  // the end-of-stream marker; once

 private:
  void put(const IpcEncoded& message);

  IpcWriter writer_;
  ByteSink sink_;
};

class StreamFileReader {
 public:
  // Reads up to and with the schema. Throws kInvalidData where there is none.
  explicit StreamFileReader(ByteSource source, IpcLimits limits = {});

  [[nodiscard]] const ArrowSchema& schema() const { return reader_.schema(); }

  // False at the end of the stream; an input that ends without a marker ends the stream
  // too if that is between two messages.
  bool next(UniqueArray& out);

 private:
  bool read_message(IpcMessage& kind);

  ByteSource source_;
  IpcReader reader_;
};

}  // namespace fletching
