// SPDX-License-Identifier: Apache-2.0
// A connected, non-blocking stream of bytes: plain or TLS. Not thread-safe.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

namespace fletching {

class ByteStream {
 public:
  enum class State : uint8_t { kOk, kAgain, kEof };
  struct Result {
    State state;
    size_t bytes;  // > 0 exactly if kOk
  };

  // Destroying closes politely (TLS says goodbye if the socket takes it at once). In a
  // process that was forked since, call abandon() and leak the object instead.
  virtual ~ByteStream() = default;

  // Fills the pieces in order. Throw Error(kIo) when the connection is broken.
  virtual Result receive(std::span<const iovec> pieces) = 0;
  // Takes some of the bytes; they are in the kernel when flush() says so.
  virtual Result send(std::span<const iovec> pieces) = 0;
  // True if nothing that send() took is still held back.
  virtual bool flush() = 0;

  [[nodiscard]] virtual int fd() const noexcept = 0;
  // What to poll for besides POLLIN: POLLOUT if something is held back.
  [[nodiscard]] virtual bool wants_write() const noexcept = 0;
  // Bytes may be had without the socket becoming readable.
  [[nodiscard]] virtual bool buffered() const noexcept = 0;

  // close(fd) and nothing else, ever.
  virtual void abandon() noexcept = 0;
};

}  // namespace fletching
