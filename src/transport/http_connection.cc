// SPDX-License-Identifier: Apache-2.0
#include "transport/http_connection.h"

#include <poll.h>

#include <array>
#include <utility>

#include "transport/connector.h"
#include "transport/driver.h"

namespace fletching {
namespace {

constexpr const char* kDoing = "HTTP request";
constexpr size_t kBuffer = size_t{64} << 10;

}  // namespace

std::unique_ptr<HttpConnection> HttpConnection::open(const ChannelOptions& options,
                                                     PeerInfo& peer, const Wait& wait) {
  const Deadline own = Deadline::after(options.connect_timeout);
  try {
    PeerInfo found;
    auto stream = open_stream(options, found, wait.until(own));
    peer = std::move(found);
    return std::make_unique<HttpConnection>(std::move(stream));
  } catch (const Error& e) {
    throw not_in_time(e, options, own.expired());
  }
}

HttpConnection::HttpConnection(std::unique_ptr<ByteStream> stream)
    : stream_(std::move(stream)) {}

HttpConnection::~HttpConnection() {
  if (!inherited()) return;
  stream_->abandon();
  [[maybe_unused]] auto* leaked = stream_.release();
}

// Reads and writes share the loop: a server may answer, and stop reading, early.
class HttpConnection::Exchange {
 public:
  Exchange(HttpConnection& connection, const Message& message,
           HttpAnswer::Limits limits)
      : connection_(connection),
        stream_(*connection.stream_),
        rest_{message.head, message.body},
        answer_(message.to_head_method, limits) {}

  HttpResponse run(std::chrono::nanoseconds silence, const Wait& wait) {
    Clock::time_point heard = Clock::now();
    while (!answer_.complete()) {
      const bool moved = step();
      if (moved) {
        heard = Clock::now();
        breathe(wait, kDoing);
      } else if (!answer_.complete()) {
        sleep(silence.count() <= 0 ? Deadline::never() : Deadline::at(heard + silence),
              wait);
      }
      if (connection_.inherited()) {
        throw Error(Code::kInvalidState,
                    "HTTP request: the process was forked meanwhile", "08003");
      }
    }
    connection_.reusable_ = answer_.keeps_connection() && all_sent() && !surplus_;
    return answer_.take();
  }

  [[nodiscard]] bool nothing_sent() const noexcept { return !wrote_; }

 private:
  [[nodiscard]] bool all_sent() const noexcept {
    return rest_[0].empty() && rest_[1].empty() && !stream_.wants_write();
  }

  // True if something was sent or received.
  bool step() {
    const bool sent = broken_ ? false : send_some();
    return receive_some() || sent;
  }

  bool send_some() {
    try {
      bool moved = false;
      while (!rest_[0].empty() || !rest_[1].empty()) {
        const std::array<iovec, 2> pieces{piece(rest_[0]), piece(rest_[1])};
        const auto result = stream_.send(pieces);
        if (result.state != ByteStream::State::kOk) break;
        wrote_ = moved = true;
        const size_t first = std::min(result.bytes, rest_[0].size());
        rest_[0].remove_prefix(first);
        rest_[1].remove_prefix(result.bytes - first);
      }
      const bool held = stream_.wants_write();
      return (stream_.flush() && held) || moved;
    } catch (const Error&) {
      // The answer, or the end, says more: a server that wants no more has answered.
      broken_ = true;
      broken_error_ = std::current_exception();
      return false;
    }
  }

  static iovec piece(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
  }

  bool receive_some() {
    const iovec into{buffer_.data(), buffer_.size()};
    const auto result = stream_.receive({&into, 1});
    if (result.state == ByteStream::State::kOk) {
      const std::span<const uint8_t> bytes(buffer_.data(), result.bytes);
      surplus_ = answer_.push(bytes) < bytes.size();
      return true;
    }
    if (result.state == ByteStream::State::kEof) {
      answer_.end_of_file();
      return true;
    }
    if (broken_) std::rethrow_exception(broken_error_);
    return false;
  }

  void sleep(Deadline silent_until, const Wait& wait) {
    short events = POLLIN;
    if (!broken_ && !all_sent()) events |= POLLOUT;
    pollfd fd{stream_.fd(), events, 0};
    if (!wait_for({&fd, 1}, wait, kDoing, silent_until)) {
      throw Error(Code::kIo, "HTTP: the server has said nothing for too long", "08006");
    }
  }

  HttpConnection& connection_;
  ByteStream& stream_;
  std::array<std::string_view, 2> rest_;
  HttpAnswer answer_;
  std::array<uint8_t, kBuffer> buffer_;
  bool wrote_ = false;
  bool broken_ = false;  // sending is over
  std::exception_ptr broken_error_;
  bool surplus_ = false;
};

HttpResponse HttpConnection::exchange(const Message& message, HttpAnswer::Limits limits,
                                      std::chrono::nanoseconds silence,
                                      const Wait& wait) {
  reusable_ = false;  // unless all goes well
  const auto exchange = std::make_unique<Exchange>(*this, message, limits);
  try {
    HttpResponse response = exchange->run(silence, wait);
    idle_since_ = Clock::now();
    return response;
  } catch (const Error& e) {
    if (e.code() != Code::kIo) throw;
    throw ExchangeFailed{e, exchange->nothing_sent()};
  }
}

bool HttpConnection::usable() noexcept {
  if (!reusable_ || inherited()) return false;
  try {
    uint8_t byte = 0;
    const iovec into{&byte, 1};
    return stream_->receive({&into, 1}).state == ByteStream::State::kAgain;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace fletching
