// SPDX-License-Identifier: Apache-2.0
// Decodes the messages of Arrow IPC (Arrow Columnar Format 1.5, Message.fbs,
// Schema.fbs) as they come from outside: every length, offset, count and index is
// checked before use. No input or output here; one decoder serves one stream and is
// used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "arrow/owned.h"
#include "base/body.h"

namespace fletching {

struct IpcLimits {
  // What one message may take after decompression.
  int64_t max_decompressed = int64_t{8} << 30;
  int max_depth = 64;  // of nested types
};

enum class IpcMessage { kSchema, kDictionary, kBatch, kOther };

class IpcReader {
 public:
  explicit IpcReader(IpcLimits limits = {});
  ~IpcReader();
  IpcReader(IpcReader&&) noexcept;
  IpcReader& operator=(IpcReader&&) noexcept;

  // Takes one message: `header` is the flatbuffer Message alone (any alignment; copied
  // where flatcc needs 8), `body` the bytes that belong to it (may be empty). Returns
  // what it was; after kBatch take_batch() has the rows. Buffers of the arrays point
  // into `body`, except those misaligned inside of it or compressed.
  // Throws kInvalidData naming field path and fault. A second schema is an error;
  // a batch before the schema is an error.
  IpcMessage read(std::span<const uint8_t> header, Body body);

  // The rows of the batch that read() returned last; once.
  [[nodiscard]] UniqueArray take_batch();

  [[nodiscard]] bool has_schema() const noexcept;
  [[nodiscard]] const ArrowSchema& schema() const;  // needs has_schema()

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Decodes an encapsulated schema message as FlightInfo.schema, dataset_schema and
// table_schema carry it: with or without the 0xFFFFFFFF marker, with or without an
// end-of-stream marker, or a bare flatbuffer. Throws kInvalidData; empty input is an
// error.
[[nodiscard]] UniqueSchema decode_schema(std::span<const uint8_t> bytes);

}  // namespace fletching
