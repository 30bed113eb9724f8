// SPDX-License-Identifier: Apache-2.0
// One connection for HTTP/1.1: one exchange after the other, each on its caller's
// thread. Used by one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/fork_gate.h"
#include "transport/byte_stream.h"
#include "transport/http_answer.h"
#include "transport/http_client.h"

namespace fletching {

// An error under an exchange, and what it says about the request.
struct ExchangeFailed {
  Error error;
  bool nothing_sent;  // no byte of the request was written: it has not been carried out
};

class HttpConnection {
 public:
  // Throws as Channel::connect does.
  [[nodiscard]] static std::unique_ptr<HttpConnection> open(
      const ChannelOptions& options, PeerInfo& peer, const Wait& wait);
  explicit HttpConnection(std::unique_ptr<ByteStream> stream);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // What goes out: the head with its blank line, then the body.
  struct Message {
    const std::string& head;
    const std::string& body;
    bool to_head_method;
  };
  // Throws ExchangeFailed (kIo) where the connection was lost or the answer is no HTTP,
  // Error for limits, and what ends the wait. After an exception it is of no use.
  [[nodiscard]] HttpResponse exchange(const Message& message, HttpAnswer::Limits limits,
                                      std::chrono::nanoseconds silence,
                                      const Wait& wait);

  // The last answer lets it be used again, the peer has not closed it since, and this
  // is still the process that opened it. Never waits.
  [[nodiscard]] bool usable() noexcept;
  [[nodiscard]] Clock::time_point idle_since() const noexcept { return idle_since_; }

 private:
  class Exchange;

  [[nodiscard]] bool inherited() const noexcept {
    return generation_ != ForkGate::generation();
  }

  const uint32_t generation_ = ForkGate::generation();
  std::unique_ptr<ByteStream> stream_;
  Clock::time_point idle_since_ = Clock::now();
  bool reusable_ = true;
};

}  // namespace fletching
