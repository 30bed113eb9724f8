// SPDX-License-Identifier: Apache-2.0
// A file without a name, for what must be had whole before it can be read and may be
// larger than memory. It is gone with its descriptor, also after a crash.
#pragma once

#include <cstdint>
#include <span>

namespace fletching {

// For one thread. May be destroyed anywhere, after fork too.
class SpoolFile {
 public:
  // In the folder that TMPDIR names, or in /tmp. `in_memory`: the bytes that it may
  // have where neither takes files, in memory then. Throws kIo.
  explicit SpoolFile(int64_t in_memory);
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // At its end. Throws kIo where there is no room.
  void write(std::span<const uint8_t> bytes);
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] int64_t size() const noexcept { return size_; }

 private:
  int fd_ = -1;
  int64_t size_ = 0;
  int64_t most_;
};

}  // namespace fletching
