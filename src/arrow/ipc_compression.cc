// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_compression.h"

#include <lz4frame.h>
#include <zstd.h>

#include <new>
#include <utility>

#include "fletching/error.h"

namespace fletching {
namespace {

constexpr int kZstdLevel = 1;  // as other writers of Arrow do: the wire is fast

struct FreeLz4 {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};
struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

bool run_lz4(LZ4F_dctx* context, std::span<const uint8_t> in, std::span<uint8_t> out) {
  LZ4F_resetDecompressionContext(context);
  size_t read = 0;
  size_t written = 0;
  for (;;) {
    size_t in_size = in.size() - read;
    size_t out_size = out.size() - written;
    const size_t hint = LZ4F_decompress(context, out.data() + written, &out_size,
                                        in.data() + read, &in_size, nullptr);
    if (LZ4F_isError(hint) != 0) return false;
    read += in_size;
    written += out_size;
    if (hint == 0) return written == out.size();
    // No end of frame yet, and nothing moves: cut off, or longer than it says.
    if (in_size == 0 && out_size == 0) return false;
  }
}

}  // namespace

struct Decompressor::Contexts {
  std::unique_ptr<LZ4F_dctx, FreeLz4> lz4;
  std::unique_ptr<ZSTD_DCtx, FreeZstd> zstd;
};

Decompressor::Decompressor() : contexts_(std::make_unique<Contexts>()) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

bool Decompressor::run(IpcCompression codec, std::span<const uint8_t> in,
                       std::span<uint8_t> out) {
  if (codec == IpcCompression::kLz4Frame) {
    if (contexts_->lz4 == nullptr) {
      LZ4F_dctx* made = nullptr;
      if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) {
        throw std::bad_alloc();
      }
      contexts_->lz4.reset(made);
    }
    return run_lz4(contexts_->lz4.get(), in, out);
  }
  if (contexts_->zstd == nullptr) {
    contexts_->zstd.reset(ZSTD_createDCtx());
    if (contexts_->zstd == nullptr) throw std::bad_alloc();
  }
  const size_t size = ZSTD_decompressDCtx(contexts_->zstd.get(), out.data(), out.size(),
                                          in.data(), in.size());
  return ZSTD_isError(size) == 0 && size == out.size();
}

struct Compressor::Contexts {
  std::unique_ptr<ZSTD_CCtx, FreeZstd> zstd;
};

Compressor::Compressor() : contexts_(std::make_unique<Contexts>()) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

std::vector<uint8_t> Compressor::run(IpcCompression codec,
                                     std::span<const uint8_t> in) {
  std::vector<uint8_t> out;
  size_t size = 0;
  if (codec == IpcCompression::kLz4Frame) {
    out.resize(LZ4F_compressFrameBound(in.size(), nullptr));
    size = LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), nullptr);
    if (LZ4F_isError(size) != 0) throw Error(Code::kInternal, "LZ4 failed");
  } else {
    if (contexts_->zstd == nullptr) {
      contexts_->zstd.reset(ZSTD_createCCtx());
      if (contexts_->zstd == nullptr) throw std::bad_alloc();
    }
    out.resize(ZSTD_compressBound(in.size()));
    size = ZSTD_compressCCtx(contexts_->zstd.get(), out.data(), out.size(), in.data(),
                             in.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0) throw Error(Code::kInternal, "ZSTD failed");
  }
  if (size >= in.size()) return {};
  out.resize(size);
  return out;
}

}  // namespace fletching
