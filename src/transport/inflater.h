// SPDX-License-Identifier: Apache-2.0
// Decompression of one gRPC message (grpc-encoding gzip or deflate) as its bytes
// arrive.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace fletching {

class Inflater {
 public:
  enum class Result : uint8_t {
    kOk,
    kCorrupt,  // not the encoding, or bytes after its end
    kRefused,  // the sink returned false
  };
  using Sink = std::function<bool(std::span<const uint8_t>)>;

  Inflater();
  ~Inflater();

  // Begins a new message. Throws std::bad_alloc.
  void reset();
  // Hands what comes out to `sink` in pieces of at most 64 KiB.
  [[nodiscard]] Result push(std::span<const uint8_t> bytes, const Sink& sink);
  // The compressed data has ended properly.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool ended_ = false;
};

}  // namespace fletching
