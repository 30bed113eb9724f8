// SPDX-License-Identifier: Apache-2.0
// Bytes on their way to the kernel: small ones copied, a caller's message parts by
// reference. Positions count all bytes ever added.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace fletching {

class OutputQueue {
 public:
  void add_copy(std::span<const uint8_t> bytes);
  // `owner` is for detach(); bytes must stay valid until sent or detached.
  void add_reference(std::span<const uint8_t> bytes, const void* owner);

  // Copies what is still referenced for `owner`, whose memory is about to go.
  void detach(const void* owner);

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] uint64_t added() const noexcept { return sent_ + size_; }
  [[nodiscard]] uint64_t sent() const noexcept { return sent_; }

  // Fills in up to out.size() pieces in order, returns how many.
  [[nodiscard]] size_t front(std::span<iovec> out) const;
  void consume(size_t n);
  void clear();

 private:
  struct Piece {
    const uint8_t* data = nullptr;  // of a reference
    size_t size = 0;
    const void* owner = nullptr;
    std::vector<uint8_t> copy;  // used if data is null
    [[nodiscard]] const uint8_t* begin() const noexcept {
      return data != nullptr ? data : copy.data();
    }
  };

  std::deque<Piece> pieces_;
  size_t offset_ = 0;  // into the first piece
  size_t size_ = 0;
  uint64_t sent_ = 0;
};

}  // namespace fletching
