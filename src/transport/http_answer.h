// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 answer from its bytes (RFC 9112), however they are cut: head, body of a
// known length, in chunks or up to the end of the connection, gzip undone. No I/O.
//
// Bytes come from outside: what breaks the grammar, the limits or the compression is an
// error, and so are two lengths or a length beside chunks, which proxies and servers
// could read differently.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "transport/http_client.h"

namespace fletching {

class HttpAnswer {
 public:
  struct Limits {
    size_t head = size_t{64} << 10;
    int64_t body = int64_t{512} << 20;
  };
  // to_head: the answer to a HEAD request, which has no body whatever it says.
  HttpAnswer(bool to_head, Limits limits);
  ~HttpAnswer();
  HttpAnswer(const HttpAnswer&) = delete;
  HttpAnswer& operator=(const HttpAnswer&) = delete;

  // Takes bytes; the number of those that belong to the answer, fewer than all once it
  // is complete. Throws kIo (08006) for what is no HTTP, kInvalidData beyond a limit.
  size_t push(std::span<const uint8_t> bytes);
  // The connection has ended: completes an answer that ends so. Throws kIo (08006) for
  // one that was cut off.
  void end_of_file();

  [[nodiscard]] bool begun() const noexcept;     // a byte of it has come
  [[nodiscard]] bool complete() const noexcept;  // 1xx answers are passed over
  // Once complete: the connection may be used again.
  [[nodiscard]] bool keeps_connection() const noexcept;
  [[nodiscard]] HttpResponse take();

  // For who reads the body as it comes: the head is there, but for the headers of
  // trailers; what came of the body since it was taken last.
  [[nodiscard]] bool has_head() const noexcept;
  [[nodiscard]] const HttpResponse& so_far() const noexcept;
  [[nodiscard]] std::string take_body() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fletching
