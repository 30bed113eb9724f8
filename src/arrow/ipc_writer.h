// SPDX-License-Identifier: Apache-2.0
// Encodes schemas, dictionaries and record batches as Arrow IPC messages (metadata
// version V5). No input or output here; one writer serves one stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/owned.h"

namespace fletching {

// One message. `header` is the flatbuffer Message alone. The body is the concatenation
// of `body`: parts point into the array given (which must outlive them), into padding
// that lives for ever, or into `owned`. Its total is `body_size`, a multiple of 8.
struct IpcEncoded {
  std::vector<uint8_t> header;
  std::vector<std::span<const uint8_t>> body;
  std::vector<std::unique_ptr<uint8_t[]>> owned;
  int64_t body_size = 0;
};

enum class IpcCompression : uint8_t { kNone, kLz4Frame, kZstd };

class IpcWriter {
 public:
  // The schema must be a struct type and is copied.
  explicit IpcWriter(const ArrowSchema& schema,
                     IpcCompression compression = IpcCompression::kNone);
  ~IpcWriter();

  [[nodiscard]] IpcEncoded schema() const;
  // The messages for one struct array: dictionaries that are new or have changed
  // (replacement), then the batch. Sliced and nested-offset arrays are fine; only the
  // bytes that the slice needs are written.
  [[nodiscard]] std::vector<IpcEncoded> batch(const ArrowArray& rows);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// header + padding as the file/stream format frames it: 0xFFFFFFFF, length, flatbuffer.
[[nodiscard]] std::vector<uint8_t> encapsulate(std::span<const uint8_t> header);

// An encapsulated schema message: what DoPut descriptors and parameter schemas carry.
[[nodiscard]] std::vector<uint8_t> encode_schema(const ArrowSchema& schema);

}  // namespace fletching
