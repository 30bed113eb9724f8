// SPDX-License-Identifier: Apache-2.0
#include "transport/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "transport/call.h"
#include "transport/connector.h"
#include "transport/preface.h"

namespace fletching {
namespace {

constexpr size_t kReceive = size_t{128} << 10;  // of the buffer; the cache must hold it
constexpr size_t kGather = size_t{1} << 20;     // bytes of frames made ahead
constexpr size_t kPieces = 64;                  // of one sendmsg
constexpr size_t kSettingsFrame = 9;            // enough to know HTTP/2 by
constexpr size_t kNamedBytes = 64;              // enough to name something else by
constexpr uint64_t kMaxDeadBytes = 1u << 20;
constexpr std::chrono::seconds kProveAfter{5};
constexpr std::chrono::seconds kProveWithin{2};
constexpr std::chrono::milliseconds kQuiet{100};
constexpr std::chrono::milliseconds kStale{10};
constexpr uint32_t kCancelCode = 8;  // RST_STREAM CANCEL, RFC 9113 section 7

class SettingsTarget final : public Target {
 public:
  using Target::Target;
  bool ready() override {
    return connection().session().settings_received() || connection().failed();
  }
  Clock::time_point check_time(Clock::time_point) override {
    return Clock::time_point::max();
  }
};

class PongTarget final : public Target {
 public:
  PongTarget(Http2Connection& connection, uint64_t payload)
      : Target(connection), payload_(payload) {}
  bool ready() override {
    const auto pong = connection().session().last_pong();
    return (pong && *pong >= payload_) || connection().failed();
  }
  Clock::time_point check_time(Clock::time_point) override {
    return Clock::time_point::max();
  }

 private:
  uint64_t payload_;
};

class ProofTarget final : public Target {
 public:
  ProofTarget(Http2Connection& connection, uint64_t settings)
      : Target(connection), settings_(settings) {}
  bool ready() override {
    return connection().session().settings_acknowledged() >= settings_ ||
           connection().failed();
  }
  Clock::time_point check_time(Clock::time_point) override {
    return Clock::time_point::max();
  }

 private:
  uint64_t settings_;
};

}  // namespace

Http2Connection::Http2Connection(ChannelOptions options,
                                 std::unique_ptr<ByteStream> stream, PeerInfo peer)
    : options_(std::move(options)),
      peer_(std::move(peer)),
      generation_(ForkGate::generation()),
      stream_(std::move(stream)),
      session_(std::make_unique<Http2Session>(options_.stream_window)),
      buffer_(std::make_unique_for_overwrite<uint8_t[]>(kReceive)),
      keepalive_(options_.keepalive_after, options_.keepalive_timeout, Clock::now()),
      last_step_(Clock::now()),
      last_used_(Clock::now()) {}

// In a forked child the socket is the parent's too: nothing may be said on it.
Http2Connection::~Http2Connection() {
  if (inherited()) {
    if (stream_ != nullptr) stream_->abandon();
    [[maybe_unused]] const auto* leaked_stream = stream_.release();
    [[maybe_unused]] const auto* leaked_session = session_.release();
    return;
  }
  const ForkGate::Pass pass;
  const std::lock_guard lock(mutex_);
  close_now();
}

void Http2Connection::check_process(const char* doing) const {
  if (!inherited()) return;
  throw Error(
      Code::kInvalidState,
      std::string(doing) +
          ": this connection was opened before fork() and belongs to the parent "
          "process (open a new one)");
}

std::string Http2Connection::name() const { return target_text(options_); }

// ---- opening ----

void Http2Connection::open(const Wait& wait) {
  SettingsTarget target(*this);
  Target* const targets[] = {&target};
  drive(targets, wait, Deadline::never(), "connect");
  const std::lock_guard lock(mutex_);
  if (failed_) {
    throw Error(Code::kIo, "connect: " + failure_.message, "08001",
                static_cast<int32_t>(Grpc::kUnavailable));
  }
}

// ---- Channel ----

void Http2Connection::throw_broken() const {
  CallStatus status = failure_;
  if (!failed_) {
    status = {Grpc::kUnavailable, "the server is closing the connection to " + name()};
  }
  status.processed = CallStatus::Processed::kNever;
  throw error_of_status(status, "connection", {}, {});
}

std::unique_ptr<Call> Http2Connection::start(CallOptions options, const Wait& wait) {
  const ForkGate::Pass pass;
  if (inherited()) {
    throw error_of_status(
        {Grpc::kUnavailable,
         "it was opened before fork() and belongs to the parent process",
         CallStatus::Processed::kNever},
        "connection", {}, {});
  }
  check_headers(options.headers);
  prove_alive(wait);
  const std::lock_guard lock(mutex_);
  if (failed_ || session_->goaway_received()) throw_broken();
  last_used_ = Clock::now();
  return make_call(shared_from_this(), std::move(options));
}

// A connection may have died unnoticed while it was idle, or that may be why somebody
// gave up waiting on it: take in what has come, and then ask for a sign of life, since
// an end that shows after the request was written no longer says whether the server
// acted on it.
void Http2Connection::prove_alive(const Wait& wait) {
  uint64_t proof = 0;
  Clock::time_point asked;
  {
    const std::lock_guard lock(mutex_);
    // Nobody knows how long ago that came which is only taken in now.
    const auto heard = keepalive_.last_received();
    if (!led_) step();
    if (failed_) return;
    if (Clock::now() - heard > kProveAfter) ask_for_a_sign();
    if (session_->settings_acknowledged() >= probe_) return;
    proof = probe_;
    asked = asked_at_;
  }
  ProofTarget target(*this, proof);
  Target* const targets[] = {&target};
  try {
    drive(targets, wait.until(Deadline::at(asked + kProveWithin)), Deadline::never(),
          "connection");
  } catch (const Error& e) {
    if (e.code() != Code::kTimeout || wait.deadline.expired()) throw;
    const std::lock_guard lock(mutex_);
    // Behind much data the sign is late, but data are one too.
    if (!failed_ && keepalive_.last_received() <= asked) give_up_unproved();
  }
}

// One that is under way and of which nothing has come since will do.
void Http2Connection::ask_for_a_sign() noexcept {
  const bool asking = session_->settings_acknowledged() < probe_ &&
                      keepalive_.last_received() <= asked_at_;
  if (asking) return;
  probe_ = session_->probe();
  asked_at_ = Clock::now();
  flush_now();
}

// Other calls may be waiting on it with patience; those the keepalive will judge.
void Http2Connection::give_up_unproved() {
  CallStatus status{Grpc::kUnavailable,
                    "the connection to " + name() + " gives no sign of life",
                    CallStatus::Processed::kNever};
  if (session_->open_calls() == 0) return fail(status.code, std::move(status.message));
  unproved_ = true;
  throw error_of_status(status, "connection", {}, {});
}

void Http2Connection::doubt_if_quiet(Clock::time_point since) noexcept {
  if (failed_ || !session_->settings_received()) return;
  const auto limit = std::max(since, Clock::now() - kQuiet);
  if (keepalive_.last_received() < limit) ask_for_a_sign();
}

bool Http2Connection::usable() noexcept {
  if (inherited()) return false;
  const ForkGate::Pass pass;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return !close_pending_;  // somebody is using it at this moment
  if (!led_) step();
  return !failed_ && !unproved_ && !session_->goaway_received() &&
         session_->dead_bytes() <= kMaxDeadBytes &&
         (options_.idle_discard.count() <= 0 || session_->open_calls() > 0 ||
          Clock::now() - last_used_ < options_.idle_discard);
}

std::chrono::nanoseconds Http2Connection::ping(const Wait& wait) {
  const ForkGate::Pass pass;
  check_process("ping");
  const auto began = Clock::now();
  uint64_t payload = 0;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) throw_broken();
    payload = ++pings_;
    session_->ping(payload);
    flush_now();
  }
  PongTarget target(*this, payload);
  Target* const targets[] = {&target};
  drive(targets, wait, Deadline::never(), "ping");
  const std::lock_guard lock(mutex_);
  if (failed_) throw_broken();
  return Clock::now() - began;
}

void Http2Connection::close() noexcept {
  if (inherited()) {
    if (stream_ != nullptr) stream_->abandon();
    return;
  }
  const ForkGate::Pass pass;
  close_pending_ = true;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) {
    close_now();
  } else {
    wake_.set();
  }
}

void Http2Connection::close_now() noexcept {
  if (!failed_) {
    session_->go_away();
    flush_now();
    fail(Grpc::kCancelled, "the connection was closed");
  }
  release_socket();
  wake_.set();
}

// The descriptor must live as long as somebody polls it.
void Http2Connection::release_socket() noexcept {
  if (failed_ && !led_) stream_.reset();
}

// ---- calls ----

void Http2Connection::cancel_soon() noexcept {
  cancel_pending_ = true;
  wake_.set();
}

void Http2Connection::do_cancels() {
  if (!cancel_pending_.exchange(false)) return;
  const auto streams = session_->streams();
  for (const auto& [id, stream] : streams) {
    if (stream->cancelled) end_call(*stream, {Grpc::kCancelled, "cancelled"});
  }
}

void Http2Connection::submit(const std::shared_ptr<CallStream>& stream) {
  if (stream->id != 0 || stream->response.ended()) return;
  if (failed_ || session_->goaway_received()) {
    CallStatus status = failure_;
    if (!failed_) status = {Grpc::kUnavailable, "the server is closing the connection"};
    status.processed = CallStatus::Processed::kNever;
    stream->response.end(std::move(status));
    stream->update_readable();
    return;
  }
  session_->submit(stream);
  last_used_ = Clock::now();
}

void Http2Connection::end_call(CallStream& stream, CallStatus status) {
  stream.response.end(std::move(status));
  stream.update_readable();
  if (failed_ || stream.id == 0 || stream.closed) return;
  session_->reset(stream, kCancelCode);
  doubt_if_quiet(stream.sent_at);
}

void Http2Connection::drop_references(CallStream& stream) {
  stream.body.abandon();
  session_->out().detach(&stream.body);
}

bool Http2Connection::written(const CallStream& stream) const noexcept {
  return stream.body.sent(session_->out()) &&
         (stream_ == nullptr || !stream_->wants_write());
}

Message Http2Connection::pop(CallStream& stream) {
  Message message = stream.response.pop();
  stream.update_readable();
  if (!failed_) {
    session_->credit(stream);
    if (session_->wants_write()) flush_now();
  }
  last_used_ = Clock::now();
  return message;
}

// ---- I/O ----

void Http2Connection::fail(Grpc code, std::string reason) {
  if (failed_) return;
  failed_ = true;
  failure_ = {code, std::move(reason), CallStatus::Processed::kLost};
  session_->fail_all(failure_);
}

void Http2Connection::flush() {
  if (failed_ || !send_error_.empty()) return;
  OutputQueue& out = session_->out();
  try {
    while (true) {
      session_->gather(kGather);
      if (out.empty()) break;
      std::array<iovec, kPieces> pieces;
      const size_t n = out.front(pieces);
      const auto result = stream_->send({pieces.data(), n});
      if (result.state != ByteStream::State::kOk) break;
      out.consume(result.bytes);
    }
    stream_->flush();
  } catch (const Error& e) {
    // What the server said before it closed may still be read; that explains more.
    send_error_ = e.message();
  }
}

void Http2Connection::flush_now() noexcept {
  try {
    flush();
  } catch (const std::exception& e) {
    fail(Grpc::kUnavailable, "connection to " + name() + ": " + e.what());
  }
  const bool left = !send_error_.empty() || session_->wants_write() ||
                    (stream_ != nullptr && stream_->wants_write());
  if (led_ && left) wake_.set();
}

// The rest of a body's frame is received where it belongs, what follows in the buffer.
bool Http2Connection::receive_once() {
  const auto body = session_->landing();
  const std::array<iovec, 2> pieces{
      {{body.data(), body.size()}, {buffer_.get(), kReceive}}};
  const auto got = stream_->receive(std::span(pieces).subspan(body.empty() ? 1 : 0));
  switch (got.state) {
    case ByteStream::State::kAgain:
      if (!send_error_.empty()) {
        fail(Grpc::kUnavailable, broken_off(send_error_));
      }
      return false;
    case ByteStream::State::kEof:
      fail(Grpc::kUnavailable, end_of_file());
      return false;
    case ByteStream::State::kOk:
      break;
  }
  const size_t landed = std::min(got.bytes, body.size());
  if (landed > 0) take_bytes(body.first(landed));
  if (got.bytes > landed && !failed_) take_bytes({buffer_.get(), got.bytes - landed});
  return got.bytes == body.size() + kReceive || stream_->buffered();
}

std::string Http2Connection::end_of_file() const {
  if (!speaks_http2_) return said_nothing("closed the connection");
  std::string text = "the connection to " + name() + " was closed by the server";
  if (session_->goaway_received()) text += " (" + session_->goaway_reason() + ")";
  return text;
}

std::string Http2Connection::broken_off(std::string_view how) const {
  if (!speaks_http2_) {
    return said_nothing("broke the connection off") + ": " + std::string(how);
  }
  return "the connection to " + name() + " is lost: " + std::string(how);
}

std::string Http2Connection::said_nothing(std::string_view did) const {
  return name() + ": the server " + std::string(did) + " before it said anything " +
         (options_.tls.enabled ? "(is it a gRPC server?)"
                               : "(is it a gRPC server, or a port for TLS?)");
}

void Http2Connection::take_bytes(std::span<const uint8_t> bytes) {
  if (!speaks_http2_) {
    const size_t keep = std::min(bytes.size(), kNamedBytes - first_bytes_.size());
    first_bytes_.insert(first_bytes_.end(), bytes.begin(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(keep));
    if (const auto what = not_http2(first_bytes_)) {
      return fail(Grpc::kUnavailable, name() + ": " + *what);
    }
    speaks_http2_ = first_bytes_.size() >= kSettingsFrame;
  }
  const uint64_t frames = session_->call_frames();
  const bool alive = session_->receive(bytes);
  keepalive_.received(Clock::now(), session_->call_frames() != frames);
  unproved_ = false;
  if (!alive) {
    flush();  // the GOAWAY that names what was wrong
    const std::string& why = session_->failure();
    fail(why.empty() ? Grpc::kUnavailable : Grpc::kInternal,
         "the connection to " + name() + " has ended: " +
             (why.empty()
                  ? "the server is closing it (" + session_->goaway_reason() + ")"
                  : why));
  }
}

void Http2Connection::check_keepalive() {
  if (session_->open_calls() == 0) return;
  switch (keepalive_.due(Clock::now())) {
    case Keepalive::Action::kNone:
      return;
    case Keepalive::Action::kPing:
      session_->ping(++pings_);
      flush();
      return;
    case Keepalive::Action::kDead:
      fail(Grpc::kUnavailable,
           "the connection to " + name() +
               " is dead: the server did not answer a PING in time");
  }
}

bool Http2Connection::step() noexcept {
  if (failed_) return false;
  try {
    last_step_ = Clock::now();
    if (close_pending_) {
      close_now();
      return false;
    }
    do_cancels();
    flush();
    bool more = receive_once();
    flush();
    if (!failed_ && session_->over()) {
      const std::string& why = session_->failure();
      fail(why.empty() ? Grpc::kUnavailable : Grpc::kInternal,
           "the connection to " + name() + " has ended" +
               (!why.empty() ? ": " + why
                : session_->goaway_received()
                    ? ": the server is closing it (" + session_->goaway_reason() + ")"
                    : ""));
    }
    if (!failed_) check_keepalive();
    return more && !failed_;
  } catch (const std::exception& e) {
    fail(Grpc::kUnavailable, broken_off(e.what()));
    return false;
  }
}

void Http2Connection::step_if_stale() noexcept {
  if (!led_ && Clock::now() - last_step_ > kStale) step();
}

Clock::time_point Http2Connection::next_timer() const noexcept {
  return failed_ || session_->open_calls() == 0 ? Clock::time_point::max()
                                                : keepalive_.next();
}

// ---- leading and following ----

bool Http2Connection::lead() noexcept {
  if (led_) return false;
  led_ = true;
  return true;
}

void Http2Connection::follow(Follower& follower) {
  if (spare_events_.empty()) spare_events_.push_back(std::make_unique<Event>());
  followers_.push_back(&follower);
  follower.event = spare_events_.back().release();
  spare_events_.pop_back();
}

void Http2Connection::unfollow(Follower& follower) noexcept {
  std::erase(followers_, &follower);
  std::unique_ptr<Event> event(std::exchange(follower.event, nullptr));
  event->clear();
  spare_events_.push_back(std::move(event));
  if (!led_) promote();
}

void Http2Connection::stop_leading() noexcept {
  led_ = false;
  release_socket();
  promote();
}

// Somebody must poll the socket as long as anybody waits.
void Http2Connection::promote() noexcept {
  if (!led_ && !followers_.empty()) followers_.front()->event->set();
}

void Http2Connection::wake_ready_followers() {
  for (Follower* follower : followers_) {
    const auto ready = [](Target* t) { return t->ready(); };
    if (std::any_of(follower->targets.begin(), follower->targets.end(), ready)) {
      follower->event->set();
    }
  }
}

int Http2Connection::socket() const noexcept {
  return failed_ || stream_ == nullptr ? -1 : stream_->fd();
}

short Http2Connection::poll_events() const noexcept {
  const bool write =
      send_error_.empty() && (!session_->out().empty() || stream_->wants_write());
  return static_cast<short>(POLLIN | (write ? POLLOUT : 0));
}

}  // namespace fletching
