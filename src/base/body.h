// SPDX-License-Identifier: Apache-2.0
// Memory for message bodies. Bodies under 4 MiB are cut from 16 MiB slabs that live
// until the last of their bodies is gone; larger ones have a mapping of their own. All
// mappings begin on a huge page. Because on loopback page faults cost more than the
// network, freed ones are kept for the next result: max(64 MiB, a quarter of what was
// in use) as they are, the rest of it at the kernel's disposal (MADV_FREE). What one
// result leaves is unmapped when a smaller one has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace fletching {

namespace internal {
struct BodyBlock;
}

// A counted handle on a piece of body memory: 64-byte aligned, with at least 64
// readable bytes after its end. Copies share. Counting is thread-safe; the bytes are
// the owner's to guard. May be released on any thread, after fork and during exit.
class Body {
 public:
  Body() noexcept = default;
  Body(const Body& other) noexcept;
  Body(Body&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Body& operator=(Body other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Body();

  // `size` bytes, uninitialised; memory of big blocks is only reserved until touched.
  // Throws std::bad_alloc.
  [[nodiscard]] static Body allocate(size_t size);

  [[nodiscard]] uint8_t* data() const noexcept { return data_; }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const uint8_t> bytes() const noexcept {
    return {data_, size_};
  }
  explicit operator bool() const noexcept { return block_ != nullptr; }

 private:
  internal::BodyBlock* block_ = nullptr;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

struct BodyStatistics {
  size_t in_use;  // bytes of slabs and mappings that hold a live body
  size_t kept;    // bytes kept for reuse
};
[[nodiscard]] BodyStatistics body_statistics() noexcept;

}  // namespace fletching
