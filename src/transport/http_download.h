// SPDX-License-Identifier: Apache-2.0
// One GET over HTTP/1.1 whose body is read as it comes, however long it is. Redirects
// are answers like any other. Used by one thread.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fork_gate.h"
#include "transport/byte_stream.h"
#include "transport/http_answer.h"

namespace fletching {

class HttpDownload {
 public:
  // Connects and asks for `target` (path and query). `headers` are all that is sent
  // beside Host and User-Agent. silence: of the server, between bytes, while somebody
  // waits for them; 0: any. Throws as HttpClient::send does.
  HttpDownload(const ChannelOptions& options, std::string_view target,
               const Headers& headers, std::chrono::nanoseconds silence,
               const Wait& wait);
  ~HttpDownload();
  HttpDownload(const HttpDownload&) = delete;
  HttpDownload& operator=(const HttpDownload&) = delete;

  // Waits for the answer's head, which answer() has from then on.
  void wait_for_head(const Wait& wait);
  [[nodiscard]] const HttpResponse& answer() const noexcept { return answer_.so_far(); }
  // What was asked for goes on without waiting: something can be read, or has failed.
  [[nodiscard]] bool readable();
  // Waits for that; false where the nap is over first.
  [[nodiscard]] bool wait_readable(const Wait& wait, Deadline nap);
  // Fills in the next bytes of the body, not always as many as asked for; 0 at its end.
  // A wait that ends throws and leaves the download as it was.
  [[nodiscard]] size_t read(std::span<uint8_t> out, const Wait& wait);

 private:
  void advance(const Wait& wait);
  [[nodiscard]] bool at_hand() const noexcept;
  bool sleep(const Wait& wait, Deadline nap);
  bool send_some();
  bool receive_some();

  static constexpr size_t kBuffer = size_t{64} << 10;

  const uint32_t generation_ = ForkGate::generation();
  const std::chrono::nanoseconds silence_;
  std::unique_ptr<ByteStream> stream_;
  HttpAnswer answer_;
  std::string request_, body_;
  size_t sent_ = 0, read_ = 0;  // of request_ and body_
  std::array<uint8_t, kBuffer> buffer_;
  std::optional<Clock::time_point> waiting_since_;  // for the next byte
};

}  // namespace fletching
