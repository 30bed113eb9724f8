// SPDX-License-Identifier: Apache-2.0
#include "transport/call.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/uri.h"
#include "fletching/version.h"
#include "transport/base64.h"
#include "transport/connection.h"
#include "transport/driver.h"
#include "transport/grpc_status.h"
#include "transport/message_inflater.h"

namespace fletching {
namespace {

using Time = Clock::time_point;

constexpr uint64_t kMaxMessage = std::numeric_limits<uint32_t>::max();

std::string seconds_text(std::chrono::nanoseconds span) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// "GetFlightInfo" of "/arrow.flight.protocol.FlightService/GetFlightInfo".
std::string method_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string authority_of(const ChannelOptions& options) {
  if (!options.authority.empty()) return options.authority;
  if (options.host.empty()) return "localhost";
  return format_host_port(options.host, options.port);
}

Headers request_headers(const ChannelOptions& channel, const CallOptions& call) {
  Headers out = {
      {":method", "POST"},
      {":scheme", channel.tls.enabled ? "https" : "http"},
      {":path", call.path},
      {":authority", authority_of(channel)},
      {"te", "trailers"},
      {"content-type", "application/grpc"},
      {"user-agent", channel.user_agent.empty() ? "fletching/" FLETCHING_VERSION
                                                : channel.user_agent},
      {"grpc-accept-encoding", "identity,gzip,deflate"},
  };
  if (!call.deadline.is_never()) {
    out.emplace_back("grpc-timeout", grpc_timeout(call.deadline.left()));
  }
  for (const auto& [name, value] : call.headers) {
    out.emplace_back(name,
                     is_binary_header(name) ? base64_encode(value, false) : value);
  }
  return out;
}

class CallImpl;

// Waiting for something of one call, with the call's own time limits.
class CallTarget final : public Target {
 public:
  enum class For : uint8_t { kMessage, kHeaders, kWritten, kEither, kNothing };
  CallTarget(CallImpl& call, For what);
  bool ready() override;
  Time check_time(Time now) override;

 private:
  CallImpl& call_;
  For what_;
  Time began_ = Clock::now();
};

class CallImpl final : public Call {
 public:
  CallImpl(std::shared_ptr<Http2Connection> connection, CallOptions options)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        doing_(method_of(options_.path)),
        stream_(std::make_shared<CallStream>(options_.split_field,
                                             connection_->options().max_message)) {
    stream_->window = options_.stream_window;
  }

  ~CallImpl() override {
    if (connection_->inherited()) return;
    const ForkGate::Pass pass;
    if (writing_) give_up_writing();
    stream_->cancelled = true;
    const std::unique_lock lock(connection_->mutex(), std::try_to_lock);
    if (!lock) {
      connection_->cancel_soon();
      return;
    }
    stream_->response.drop_messages();
    if (stream_->closed || stream_->id == 0) return;
    connection_->end_call(*stream_, {Grpc::kCancelled, "cancelled"});
    connection_->flush_now();
  }

  bool write(Parts parts, const Wait& wait, bool last) override {
    const ForkGate::Pass pass;
    connection_->check_process("write");
    check_size(parts);
    {
      const std::lock_guard lock(connection_->mutex());
      if (!begin()) return not_written();
      if (stream_->body.half_closed()) {
        throw Error(Code::kInvalidState, "write: the call was half-closed before");
      }
      stream_->body.set_message(parts);
      if (last) stream_->body.half_close();
      send();
      if (stream_->response.ended()) return not_written();
      if (connection_->written(*stream_)) return true;
    }
    try {
      wait_for_it(CallTarget::For::kWritten, wait, Deadline::never());
    } catch (...) {
      give_up_writing();
      throw;
    }
    const std::lock_guard lock(connection_->mutex());
    return !stream_->response.ended() || not_written();
  }

  Wrote write_or_read(Parts parts, const Wait& wait) override {
    const ForkGate::Pass pass;
    connection_->check_process("write");
    check_size(parts);
    {
      const std::lock_guard lock(connection_->mutex());
      if (!begin()) return Wrote::kOver;
      stream_->body.set_message(parts);
      writing_ = true;
      send();
    }
    return go_on_writing(wait);
  }

  Wrote go_on_writing(const Wait& wait) override {
    const ForkGate::Pass pass;
    connection_->check_process("write");
    try {
      wait_for_it(CallTarget::For::kEither, wait, Deadline::never());
    } catch (...) {
      give_up_writing();
      throw;
    }
    const std::lock_guard lock(connection_->mutex());
    if (stream_->response.ended()) {
      writing_ = not_written();
      return Wrote::kOver;
    }
    writing_ = !connection_->written(*stream_);
    return writing_ ? Wrote::kReadable : Wrote::kAll;
  }

  void half_close(const Wait&) override {
    const ForkGate::Pass pass;
    connection_->check_process("half-close");
    const std::lock_guard lock(connection_->mutex());
    if (stream_->body.half_closed() || !begin()) return;
    stream_->body.half_close();
    send();
  }

  bool read(Message& out, const Wait& wait, Deadline nap, bool* napped) override {
    const ForkGate::Pass pass;
    connection_->check_process("read");
    if (napped != nullptr) *napped = false;
    if (inflating_ == nullptr) {
      if (!wait_for_message(wait, nap)) {
        if (napped != nullptr) *napped = true;
        return false;
      }
      {
        const std::lock_guard lock(connection_->mutex());
        if (!take(out)) return false;
      }
      if (!out.compressed) return true;
      inflating_ = std::make_unique<MessageInflater>();
      inflating_->begin(std::move(out), options_.split_field,
                        connection_->options().max_message);
    }
    return inflate(out, wait, nap, napped);
  }

  bool readable() const override {
    return inflating_ != nullptr || stream_->readable.load(std::memory_order_acquire) ||
           stream_->cancelled;
  }

  const Headers& headers(const Wait& wait) override {
    const ForkGate::Pass pass;
    connection_->check_process("read");
    {
      const std::lock_guard lock(connection_->mutex());
      if (stream_->id == 0) send();
    }
    wait_for_it(CallTarget::For::kHeaders, wait, Deadline::never());
    return stream_->response.headers();
  }

  const Headers& trailers() const override {
    static const Headers none;
    return stream_->readable ? ended_trailers() : none;
  }

  void cancel() noexcept override {
    stream_->cancelled = true;
    if (!connection_->inherited()) connection_->cancel_soon();
  }

  // ---- for CallTarget and wait_any, with the connection's mutex held ----
  [[nodiscard]] Http2Connection& connection() const noexcept { return *connection_; }

  [[nodiscard]] bool done_reading() const {
    return stream_->response.has_message() || stream_->response.ended() ||
           stream_->cancelled || inflating_ != nullptr;
  }
  [[nodiscard]] bool headers_known() const {
    return stream_->response.headers_known() || stream_->cancelled;
  }
  [[nodiscard]] bool done_writing() const {
    return stream_->response.ended() || stream_->cancelled ||
           connection_->written(*stream_);
  }

  // Ends the call if it is overdue; otherwise says when it will be.
  Time check_time(Time began, Time now) {
    GrpcResponse& response = stream_->response;
    if (response.ended()) return Time::max();
    Time limit = options_.deadline.when();
    std::string why = "the call's deadline has passed";
    const auto earlier = [&](Time when, std::string text) {
      if (when < limit) {
        limit = when;
        why = std::move(text);
      }
    };
    // An upload may take its time, and who writes it too; a server that takes nothing
    // of it may not.
    const Time sent = stream_->body.half_closed() ? stream_->last_sent
                                                  : std::max(began, stream_->last_sent);
    if (options_.first_byte_timeout.count() > 0 && stream_->id != 0 &&
        !response.has_headers()) {
      earlier(sent + options_.first_byte_timeout,
              "no answer from the server within " +
                  seconds_text(options_.first_byte_timeout) + " (first-byte timeout)");
    }
    if (options_.idle_timeout.count() > 0 && response.has_headers()) {
      earlier(std::max({began, sent, stream_->last_byte}) + options_.idle_timeout,
              "nothing came from the server for " +
                  seconds_text(options_.idle_timeout) + " (idle timeout)");
    }
    if (now < limit) return limit;
    connection_->end_call(*stream_, {Grpc::kDeadlineExceeded, why});
    connection_->flush_now();
    return Time::max();
  }

 private:
  static void check_size(Parts parts) {
    uint64_t size = 0;
    for (const auto& part : parts) size += part.size();
    if (size <= kMaxMessage) return;
    throw Error(Code::kInvalidArgument,
                "write: a gRPC message has at most 4 GiB - 1 bytes, this one has " +
                    std::to_string(size) + " (send smaller batches)");
  }

  // False if the call is over.
  bool begin() {
    if (stream_->cancelled && !stream_->response.ended()) {
      connection_->end_call(*stream_, {Grpc::kCancelled, "cancelled"});
    }
    return !stream_->response.ended();
  }

  // Passes on what there is to send.
  void send() {
    if (stream_->response.ended()) return;
    if (stream_->id == 0) {
      stream_->request = request_headers(connection_->options(), options_);
      connection_->submit(stream_);
    } else if (!connection_->failed()) {
      connection_->session().resume(*stream_);
    }
    connection_->flush_now();
  }

  bool not_written() {
    connection_->drop_references(*stream_);
    return false;
  }

  // A message of which a part may be out cannot be taken back: the call ends.
  void give_up_writing() noexcept {
    writing_ = false;
    if (connection_->inherited()) return;
    const std::lock_guard lock(connection_->mutex());
    connection_->drop_references(*stream_);
    connection_->end_call(*stream_, {Grpc::kCancelled, "a write was interrupted"});
    connection_->flush_now();
  }

  bool take(Message& out) {
    begin();
    if (stream_->cancelled && stream_->response.has_message()) {
      stream_->response.drop_messages();
      throw error_of_status({Grpc::kCancelled, "cancelled"}, doing_, {}, {});
    }
    if (stream_->response.has_message()) {
      out = connection_->pop(*stream_);
      return true;
    }
    const CallStatus& status = failed_ ? *failed_ : stream_->response.status();
    if (status.code == Grpc::kOk) return false;
    throw_status(status);
  }

  bool wait_for_message(const Wait& wait, Deadline nap) {
    {
      const std::lock_guard lock(connection_->mutex());
      if (begin() && stream_->id == 0) send();
      if (stream_->response.has_message()) connection_->step_if_stale();
      if (done_reading()) return true;
    }
    return wait_for_it(CallTarget::For::kMessage, wait, nap);
  }

  // Goes on where an earlier wait or nap ended.
  bool inflate(Message& out, const Wait& wait, Deadline nap, bool* napped) {
    for (;;) {
      switch (inflating_->work()) {
        case MessageInflater::Step::kDone:
          out = inflating_->take();
          inflating_.reset();
          return true;
        case MessageInflater::Step::kBad:
          throw_failed(inflating_->why());
        case MessageInflater::Step::kMore:
          break;
      }
      if (stream_->cancelled) throw_failed({Grpc::kCancelled, "cancelled"});
      if (options_.deadline.expired()) {
        throw_failed({Grpc::kDeadlineExceeded, "the call's deadline has passed"});
      }
      breathe(wait, doing_.c_str());
      connection_->check_process("read");
      if (nap.expired()) {
        if (napped != nullptr) *napped = true;
        return false;
      }
      const std::lock_guard lock(connection_->mutex());
      connection_->step_if_stale();
    }
  }

  // The messages behind one that cannot be read are worth nothing.
  [[noreturn]] void throw_failed(CallStatus status) {
    const std::lock_guard lock(connection_->mutex());
    inflating_.reset();
    stream_->response.drop_messages();
    failed_ = status;
    connection_->end_call(*stream_, status);
    connection_->flush_now();
    throw_status(status);
  }

  [[noreturn]] void throw_status(CallStatus status) const {
    // The server was told the deadline too, and may see it a little earlier.
    constexpr std::chrono::milliseconds kEarlier{20};
    if (status.code == Grpc::kCancelled && !stream_->cancelled &&
        options_.deadline.left() < kEarlier) {
      status = {Grpc::kDeadlineExceeded, "the call's deadline has passed"};
    }
    throw error_of_status(status, doing_, stream_->response.headers(),
                          stream_->response.trailers(), options_.retry_safe);
  }

  // False: `nap` came first.
  bool wait_for_it(CallTarget::For what, const Wait& wait, Deadline nap) {
    CallTarget target(*this, what);
    Target* const targets[] = {&target};
    return drive(targets, wait, nap, doing_.c_str()) == 0;
  }

  const Headers& ended_trailers() const {
    const std::lock_guard lock(connection_->mutex());
    return stream_->response.trailers();
  }

  const std::shared_ptr<Http2Connection> connection_;
  const CallOptions options_;
  const std::string doing_;
  const std::shared_ptr<CallStream> stream_;
  bool writing_ = false;  // parts of write_or_read() are referred to
  std::unique_ptr<MessageInflater> inflating_;  // the message taken last
  std::optional<CallStatus> failed_;  // for what the response does not know of
};

CallTarget::CallTarget(CallImpl& call, For what)
    : Target(call.connection()), call_(call), what_(what) {}

bool CallTarget::ready() {
  switch (what_) {
    case For::kMessage:
      return call_.done_reading();
    case For::kHeaders:
      return call_.headers_known();
    case For::kWritten:
      return call_.done_writing();
    case For::kEither:
      return call_.done_writing() || call_.done_reading();
    case For::kNothing:
      return false;
  }
  return true;
}

Time CallTarget::check_time(Time now) {
  // What waits to be read is our silence, not the server's.
  if (what_ == For::kNothing && call_.done_reading()) return Time::max();
  return call_.check_time(began_, now);
}

}  // namespace

std::unique_ptr<Call> make_call(std::shared_ptr<Http2Connection> connection,
                                CallOptions options) {
  return std::make_unique<CallImpl>(std::move(connection), std::move(options));
}

std::string grpc_timeout(std::chrono::nanoseconds left) {
  struct Unit {
    int64_t ns;
    char letter;
  };
  constexpr std::array<Unit, 6> kUnits = {{{1, 'n'},
                                           {1'000, 'u'},
                                           {1'000'000, 'm'},
                                           {1'000'000'000, 'S'},
                                           {60'000'000'000, 'M'},
                                           {3'600'000'000'000, 'H'}}};
  const int64_t ns = std::max<int64_t>(left.count(), 1);
  for (const Unit& unit : kUnits) {
    if (ns / unit.ns < 100'000'000) return std::to_string(ns / unit.ns) + unit.letter;
  }
  return "99999999H";
}

size_t wait_any(std::span<Call* const> calls, const Wait& wait, Deadline nap,
                std::span<Call* const> drive_only) {
  const ForkGate::Pass pass;
  std::vector<std::unique_ptr<CallTarget>> owners;
  std::vector<Target*> targets;
  const auto add = [&](Call* call, CallTarget::For what) {
    auto* own = dynamic_cast<CallImpl*>(call);
    if (own == nullptr) {
      throw Error(Code::kInvalidArgument, "wait_any: a call that is none of a Channel");
    }
    own->connection().check_process("read");
    owners.push_back(std::make_unique<CallTarget>(*own, what));
    targets.push_back(owners.back().get());
  };
  for (Call* call : calls) add(call, CallTarget::For::kMessage);
  for (Call* call : drive_only) add(call, CallTarget::For::kNothing);
  // These are never ready, so what is beyond `calls` is the nap.
  return std::min(drive(targets, wait, nap, "read"), calls.size());
}

}  // namespace fletching
