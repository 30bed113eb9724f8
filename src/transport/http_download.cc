// SPDX-License-Identifier: Apache-2.0
#include "transport/http_download.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "fletching/version.h"
#include "transport/connector.h"
#include "transport/driver.h"

namespace fletching {
namespace {

constexpr const char* kDoing = "HTTP download";

std::string request_of(const ChannelOptions& options, std::string_view target,
                       const Headers& headers) {
  check_headers(headers);
  std::string text = "GET " + std::string(target) + " HTTP/1.1\r\nhost: ";
  text += options.authority.empty() ? target_text(options) : options.authority;
  text += "\r\nuser-agent: fletching/" FLETCHING_VERSION "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "connection: close\r\n\r\n";
}

std::unique_ptr<ByteStream> connect(const ChannelOptions& options, const Wait& wait) {
  const Deadline own = Deadline::after(options.connect_timeout);
  try {
    PeerInfo peer;
    return open_stream(options, peer, wait.until(own));
  } catch (const Error& e) {
    throw not_in_time(e, options, own.expired());
  }
}

}  // namespace

HttpDownload::HttpDownload(const ChannelOptions& options, std::string_view target,
                           const Headers& headers, std::chrono::nanoseconds silence,
                           const Wait& wait)
    : silence_(silence),
      // What is not taken yet is never more than one buffer, or its decompression.
      answer_(false, {.body = std::numeric_limits<int64_t>::max()}),
      request_(request_of(options, target, headers)) {
  stream_ = connect(options, wait);
  static_cast<void>(send_some());  // the rest of it goes when somebody waits
}

HttpDownload::~HttpDownload() {
  if (generation_ == ForkGate::generation() || stream_ == nullptr) return;
  stream_->abandon();
  [[maybe_unused]] auto* leaked = stream_.release();
}

size_t HttpDownload::read(std::span<uint8_t> out, const Wait& wait) {
  while (read_ == body_.size()) {
    body_ = answer_.take_body();
    read_ = 0;
    if (!body_.empty()) break;
    if (answer_.complete()) return 0;
    advance(wait);
  }
  const size_t size = std::min(out.size(), body_.size() - read_);
  std::memcpy(out.data(), body_.data() + read_, size);
  read_ += size;
  return size;
}

void HttpDownload::wait_for_head(const Wait& wait) {
  while (!answer_.has_head()) advance(wait);
}

// Takes what there is, or waits for more.
void HttpDownload::advance(const Wait& wait) {
  if (generation_ != ForkGate::generation()) {
    throw Error(Code::kInvalidState, "HTTP download: it was begun before fork");
  }
  while (true) {
    const bool sent = send_some();
    if (receive_some()) break;
    if (!sent) static_cast<void>(sleep(wait, Deadline::never()));
  }
  waiting_since_.reset();
  breathe(wait, kDoing);
}

bool HttpDownload::at_hand() const noexcept {
  return read_ < body_.size() || !answer_.so_far().body.empty() || answer_.complete() ||
         stream_->buffered();
}

bool HttpDownload::readable() {
  if (at_hand()) return true;
  pollfd fd{stream_->fd(), POLLIN, 0};
  return ::poll(&fd, 1, 0) != 0;
}

bool HttpDownload::wait_readable(const Wait& wait, Deadline nap) {
  static_cast<void>(send_some());
  return at_hand() || sleep(wait, nap);
}

// False where the nap is over.
bool HttpDownload::sleep(const Wait& wait, Deadline nap) {
  if (!waiting_since_) waiting_since_ = Clock::now();
  const Deadline silent = silence_.count() <= 0
                              ? Deadline::never()
                              : Deadline::at(*waiting_since_ + silence_);
  const bool sends = sent_ < request_.size() || stream_->wants_write();
  pollfd fd{stream_->fd(), static_cast<short>(sends ? POLLIN | POLLOUT : POLLIN), 0};
  if (wait_for({&fd, 1}, wait, kDoing, silent.earlier(nap))) return true;
  if (!silent.expired()) return false;
  throw Error(Code::kIo, "HTTP: the server has said nothing for too long", "08006");
}

bool HttpDownload::send_some() {
  bool moved = false;
  while (sent_ < request_.size()) {
    const iovec rest{request_.data() + sent_, request_.size() - sent_};
    const auto result = stream_->send({&rest, 1});
    if (result.state != ByteStream::State::kOk) break;
    sent_ += result.bytes;
    moved = true;
  }
  const bool held = stream_->wants_write();
  return (stream_->flush() && held) || moved;
}

bool HttpDownload::receive_some() {
  const iovec into{buffer_.data(), buffer_.size()};
  const auto result = stream_->receive({&into, 1});
  if (result.state == ByteStream::State::kAgain) return false;
  if (result.state == ByteStream::State::kEof) {
    answer_.end_of_file();
  } else {
    answer_.push({buffer_.data(), result.bytes});
  }
  return true;
}

}  // namespace fletching
