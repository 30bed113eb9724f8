// SPDX-License-Identifier: Apache-2.0
// Decompression of a whole gRPC message (grpc-encoding gzip or deflate) in short
// pieces, by the thread that reads it and without any lock: a small message may hold
// gigabytes, and nobody's Ctrl-C may wait for them. No I/O. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "transport/field_splitter.h"
#include "transport/grpc_status.h"
#include "transport/inflater.h"
#include "transport/message.h"

namespace fletching {

class MessageInflater {
 public:
  enum class Step : uint8_t { kMore, kDone, kBad };

  // `packed.compressed`, and the options of the call that it came on.
  void begin(Message packed, uint32_t split_field, int64_t max_message);
  // Works for about 10 ms.
  [[nodiscard]] Step work() noexcept;
  [[nodiscard]] Message take();  // after kDone
  // After kBad: INTERNAL for nonsense, RESOURCE_EXHAUSTED for what is too large.
  [[nodiscard]] const CallStatus& why() const noexcept { return why_; }

 private:
  Step piece();
  Step refuse(CallStatus why);
  Step input_ended();
  void fill(uint64_t size);

  std::vector<uint8_t> packed_;
  size_t at_ = 0;
  size_t wire_size_ = 0;
  uint32_t split_field_ = 0;
  uint64_t limit_ = 0;
  // Counted before anything is kept: growing a gigabyte step by step takes long copies.
  bool counting_ = false;
  uint64_t size_ = 0;  // decompressed
  Inflater inflater_;
  FieldSplitter splitter_;
  CallStatus why_;
};

[[nodiscard]] CallStatus message_too_large(uint64_t size, uint64_t limit);

}  // namespace fletching
