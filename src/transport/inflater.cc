// SPDX-License-Identifier: Apache-2.0
#include "transport/inflater.h"

#include <zlib.h>

#include <array>
#include <new>

namespace fletching {
namespace {

constexpr int kAutoDetect = 15 + 32;  // gzip or zlib header, as zlib.h documents

}  // namespace

struct Inflater::State {
  z_stream stream{};
  std::array<uint8_t, size_t{64} << 10> out;

  State() {
    if (inflateInit2(&stream, kAutoDetect) != Z_OK) throw std::bad_alloc();
  }
  ~State() { inflateEnd(&stream); }
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

void Inflater::reset() {
  ended_ = false;
  if (state_ == nullptr) {
    state_ = std::make_unique<State>();
  } else {
    inflateReset(&state_->stream);
  }
}

Inflater::Result Inflater::push(std::span<const uint8_t> bytes, const Sink& sink) {
  z_stream& z = state_->stream;
  z.next_in = const_cast<uint8_t*>(bytes.data());  // zlib's old signature; not written
  z.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    if (ended_) return z.avail_in == 0 ? Result::kOk : Result::kCorrupt;
    z.next_out = state_->out.data();
    z.avail_out = static_cast<uInt>(state_->out.size());
    const int rc = inflate(&z, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) return Result::kCorrupt;
    ended_ = rc == Z_STREAM_END;
    const size_t produced = state_->out.size() - z.avail_out;
    if (produced > 0 && !sink({state_->out.data(), produced})) return Result::kRefused;
    if (!ended_ && z.avail_in == 0 && z.avail_out > 0) return Result::kOk;
  }
}

}  // namespace fletching
