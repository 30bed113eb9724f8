// SPDX-License-Identifier: Apache-2.0
// The two codecs of IPC bodies (Message.fbs, BodyCompression), buffer by buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/ipc_writer.h"

namespace fletching {

// Keeps the codecs' contexts between buffers. Used by one thread.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // True if `in` is one frame that holds exactly out.size() bytes, now in `out`. Never
  // writes outside of it; codec is not kNone.
  [[nodiscard]] bool run(IpcCompression codec, std::span<const uint8_t> in,
                         std::span<uint8_t> out);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  // One frame, or nothing where that would not be smaller than `in`.
  [[nodiscard]] std::vector<uint8_t> run(IpcCompression codec,
                                         std::span<const uint8_t> in);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace fletching
