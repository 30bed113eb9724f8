// SPDX-License-Identifier: Apache-2.0
#include "flight/peer.h"

#include <algorithm>

#include "base/fork_gate.h"
#include "flight/identity.h"
#include "flight/messages.h"
#include "flight/wire.h"

namespace fletching {
namespace {

constexpr std::string_view kService = "/arrow.flight.protocol.FlightService/";
constexpr std::chrono::seconds kCloseTimeout{2};

CookieJar::Moment now() { return std::chrono::system_clock::now(); }

const std::string& host_of(const ChannelOptions& channel) {
  return channel.unix_path.empty() ? channel.host : channel.unix_path;
}

bool is_secure(const ChannelOptions& channel) {
  return channel.tls.enabled || !channel.unix_path.empty() ||
         channel.host == "localhost" || channel.host == "::1" ||
         channel.host.starts_with("127.");
}

void replace_headers(Headers& headers, const Headers& with) {
  std::erase_if(headers, [&](const auto& header) {
    return std::any_of(with.begin(), with.end(),
                       [&](const auto& other) { return other.first == header.first; });
  });
  headers.insert(headers.end(), with.begin(), with.end());
}

}  // namespace

FlightPeer::FlightPeer(FlightOptions options, std::shared_ptr<Network> network)
    : generation_(ForkGate::generation()),
      options_(std::move(options)),
      identity_(identity_of(options_)),
      network_(std::move(network)),
      credentials_(credentials_for(options_)),
      actions_(action_memory(identity_)) {}

void FlightPeer::check_usable() const {
  if (generation_ != ForkGate::generation()) {
    throw Error(Code::kInvalidState,
                "connection: it was made before fork (connect again in the child)");
  }
  const std::lock_guard lock(mutex_);
  if (closed_) {
    throw Error(Code::kInvalidState, "connection: it is closed (connect again)");
  }
}

// ---- connections ----

FlightPeer::Lease FlightPeer::primary(const Wait& wait, bool fresh) {
  {
    const std::lock_guard lock(mutex_);
    if (primary_ && !fresh && primary_->channel->usable()) return primary_;
  }
  auto channel = fresh ? nullptr : network_->take(identity_);
  if (!channel) channel = network_->connect(options_.channel, wait);
  auto lease = std::make_shared<ChannelLease>(network_, identity_, std::move(channel));
  const std::lock_guard lock(mutex_);
  // Another thread may have been quicker: everything stays on one connection.
  if (primary_ && !fresh && primary_->channel->usable()) return primary_;
  primary_ = lease;
  ++connections_;
  return lease;
}

FlightPeer::Lease FlightPeer::location_lease(const ReadTarget& target, const Wait& wait,
                                             bool fresh) {
  const std::string key = location_key_of(identity_, target.channel, target.trusted);
  const auto held = [&]() -> Lease {
    const std::lock_guard lock(mutex_);
    const auto found = locations_.find(key);
    Lease lease = found == locations_.end() ? nullptr : found->second.lock();
    return lease && lease->channel->usable() ? lease : nullptr;
  };
  if (!fresh) {
    if (auto lease = held()) return lease;
  }
  auto channel = fresh ? nullptr : network_->take(key);
  if (!channel) {
    channel = network_->connect(
        target.channel, wait.until(Deadline::after(options_.location_connect_timeout)));
  }
  auto lease = std::make_shared<ChannelLease>(network_, key, std::move(channel));
  const std::lock_guard lock(mutex_);
  std::erase_if(locations_, [](const auto& entry) { return entry.second.expired(); });
  locations_[key] = lease;
  return lease;
}

std::string FlightPeer::session_mark() const {
  std::string mark = cookies_.value("arrow_flight_session_id");
  const std::lock_guard lock(mutex_);
  const bool usable = primary_ && primary_->channel->usable();
  mark += ' ' + std::to_string(connections_) + (usable ? "" : " broken");
  return mark;
}

void FlightPeer::open(const Wait& wait) {
  info_ = primary(wait, false)->channel->peer();
  log_in_if_due(wait);
}

// ---- calls ----

PeerCall FlightPeer::start_on(const Lease& lease, const CallRequest& request,
                              bool origin, bool trusted, const Wait& wait) {
  const ChannelOptions& channel = lease->channel->options();
  CallOptions call;
  call.path = std::string(kService) + std::string(request.method);
  call.deadline = request.deadline;
  call.split_field = request.split_field;
  call.stream_window = request.stream_window;
  call.retry_safe = request.retry_safe;
  if (request.timed_bytes) {
    call.first_byte_timeout = options_.first_byte_timeout;
    call.idle_timeout = options_.idle_timeout;
  }
  uint64_t version = 0;
  if (trusted) {
    call.headers = options_.headers;
    Credentials::Stamp stamp = credentials_->current();
    version = stamp.version;
    const auto authorization = request.kind == CallRequest::Kind::kLogin
                                   ? credentials_->login_headers()
                                   : std::move(stamp.headers);
    call.headers.insert(call.headers.end(), authorization.begin(), authorization.end());
    if (options_.cookies) {
      auto cookies =
          request.cookies != nullptr
              ? *request.cookies
              : cookies_.header({host_of(channel), call.path, is_secure(channel)},
                                now());
      if (!cookies.empty()) call.headers.emplace_back("cookie", std::move(cookies));
    }
    if (request.headers != nullptr) replace_headers(call.headers, *request.headers);
  }
  std::string path = call.path;
  auto started = lease->channel->start(std::move(call), wait);
  return {shared_from_this(), lease,           std::move(started), origin,
          host_of(channel),   std::move(path), is_secure(channel), version};
}

PeerCall FlightPeer::start(const CallRequest& request, const Wait& wait) {
  check_usable();
  for (bool fresh = false;; fresh = true) {
    const Lease lease = primary(wait, fresh);
    try {
      if (request.kind == CallRequest::Kind::kOrdinary) send_closes(lease, wait);
      return start_on(lease, request, true, true, wait);
    } catch (const Error& error) {
      // The connection was found broken before anything was sent on it.
      if (error.code() != Code::kIo || fresh) throw;
    }
  }
}

PeerCall FlightPeer::start_at(const ReadTarget& target, const CallRequest& request,
                              const Wait& wait) {
  if (target.origin) return start(request, wait);
  check_usable();
  for (bool fresh = false;; fresh = true) {
    const Lease lease = location_lease(target, wait, fresh);
    try {
      return start_on(lease, request, false, target.trusted, wait);
    } catch (const Error& error) {
      if (error.code() != Code::kIo || fresh) throw;
    }
  }
}

std::vector<std::string> FlightPeer::exchange(CallRequest request,
                                              std::string_view message,
                                              const Wait& wait) {
  request.deadline = request.deadline.earlier(wait.deadline);
  request.timed_bytes = true;
  RetryRule rule(request.retry_safe);
  for (;;) {
    log_in_if_due(wait);
    PeerCall call = start(request, wait);
    std::vector<std::string> answers;
    try {
      call.write(message, wait, true);
      Message answer;
      while (call.read(answer, wait)) answers.emplace_back(as_text(answer.head));
      return answers;
    } catch (const Error& error) {
      if (!prepare_retry(rule, error, call.answered(), call.version(), wait)) throw;
    }
  }
}

bool FlightPeer::prepare_retry(RetryRule& rule, const Error& error, bool answered,
                               uint64_t version, const Wait& wait) {
  const bool renewable = error.code() == Code::kUnauthenticated && version != 0 &&
                         credentials_->refused(version);
  switch (rule.after(error, answered, renewable)) {
    case RetryRule::Next::kGiveUp:
      return false;
    case RetryRule::Next::kSendAgain:
      return true;
    case RetryRule::Next::kLogInAgain:
      log_in_if_due(wait);
      return true;
  }
  return false;
}

void FlightPeer::learn(const Headers& response, bool origin,
                       const CookieJar::Place& from) {
  if (origin) credentials_->learn(response);
  if (options_.cookies) cookies_.absorb(response, from, now());
}

// ---- login ----

void FlightPeer::log_in_if_due(const Wait& wait) {
  credentials_->ask_if_due(wait);
  if (credentials_->needs_login()) log_in(wait);
}

void FlightPeer::log_in(const Wait& caller) {
  // Part of connecting, so never longer than that may take.
  const Wait wait = caller.until(Deadline::after(options_.channel.connect_timeout));
  CallRequest request;
  request.method = "Handshake";
  request.deadline = wait.deadline;
  request.retry_safe = true;
  request.kind = CallRequest::Kind::kLogin;
  RetryRule rule(true);
  for (;;) {
    PeerCall call = start(request, wait);
    try {
      // No HandshakeRequest, as in the C++ and Go clients: Basic says it all.
      call.half_close(wait);
      std::string payload;
      Message answer;
      while (call.read(answer, wait)) {
        auto token = decode_handshake_response(as_text(answer.head));
        if (!token.empty()) payload = std::move(token);
      }
      credentials_->logged_in(call.headers(wait), call.trailers(), payload);
      return;
    } catch (const Error& error) {
      if (error.code() == Code::kNotImplemented) {
        credentials_->no_handshake();
        return;
      }
      if (rule.after(error, call.answered(), false) == RetryRule::Next::kGiveUp) {
        throw error.with_context("login");
      }
    }
  }
}

// ---- closes ----

void FlightPeer::close_later(std::string type, std::string body) noexcept {
  if (generation_ != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  try {
    Close close{std::move(type), std::move(body)};
    {
      const std::lock_guard lock(mutex_);
      if (!closed_) {
        if (later_.size() < kMaxLateCloses) later_.push_back(std::move(close));
        return;
      }
    }
    leave(nullptr, {std::move(close)});
  } catch (...) {
    // Out of memory: the server forgets the handle in its own time.
  }
}

// Who takes these over has a session of its own, so they carry the cookies of this one.
// Where the session has none it may be anybody's with this token: it is not closed.
void FlightPeer::leave(const Lease& lease, std::vector<Close> closes) const {
  const ChannelOptions& channel = options_.channel;
  const std::string path = std::string(kService) + "DoAction";
  const std::string cookies =
      options_.cookies
          ? cookies_.header({host_of(channel), path, is_secure(channel)}, now())
          : "";
  if (cookies.empty()) {
    std::erase_if(closes, [](const Close& c) {
      return c.type == "CloseSession" && (!c.cookies || c.cookies->empty());
    });
  }
  for (Close& close : closes) {
    if (!close.cookies) close.cookies = cookies;
  }
  leave_closes(identity_, lease ? lease->channel : nullptr, std::move(closes));
}

void FlightPeer::send_closes(const Lease& lease, const Wait& wait) {
  std::vector<Close> later = take_closes(identity_, lease->channel);
  std::vector<Closing> closing;
  {
    const std::lock_guard lock(mutex_);
    later.insert(later.end(), std::make_move_iterator(later_.begin()),
                 std::make_move_iterator(later_.end()));
    later_.clear();
    if (later.empty() && closing_.empty()) return;
    closing.swap(closing_);
  }
  // Their answers interest nobody, but a call dropped before its end is reset, which
  // may stop the server from doing it.
  std::erase_if(closing, [](Closing& one) { return one.call.drained(one.what.type); });
  CallRequest request;
  request.method = "DoAction";
  request.kind = CallRequest::Kind::kClose;
  size_t sent = 0;
  std::exception_ptr failure;
  try {
    for (; sent < later.size(); ++sent) {
      const Close& close = later[sent];
      request.cookies = close.cookies ? &*close.cookies : nullptr;
      PeerCall call = start_on(lease, request, true, true, wait);
      if (close.cookies) call.learn_nothing();
      call.write(encode_action(close.type, close.body), wait, true);
      closing.push_back({close, std::move(call)});
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  later_.insert(later_.begin(),
                std::make_move_iterator(later.begin() + static_cast<long>(sent)),
                std::make_move_iterator(later.end()));
  closing_.insert(closing_.end(), std::make_move_iterator(closing.begin()),
                  std::make_move_iterator(closing.end()));
  if (failure) std::rethrow_exception(failure);
}

void FlightPeer::finish_closes(const Wait& wait) {
  Lease lease;
  {
    const std::lock_guard lock(mutex_);
    if (!primary_ || !primary_->channel->usable()) return;
    lease = primary_;
  }
  send_closes(lease, wait);
  std::vector<Closing> closing;
  {
    const std::lock_guard lock(mutex_);
    closing.swap(closing_);
  }
  Message ignored;
  while (!closing.empty()) {
    try {
      while (closing.back().call.read(ignored, wait)) {
      }
    } catch (const Error& error) {
      actions_->learn(closing.back().what.type, error);
      if (error.vendor_code() == 0) {  // our own wait is over, or the connection
        const std::lock_guard lock(mutex_);
        closing_ = std::move(closing);
        throw;
      }
    }
    closing.pop_back();
  }
}

void FlightPeer::close(const Wait& wait) {
  if (generation_ != ForkGate::generation()) return;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
  }
  try {
    finish_closes(wait.until(Deadline::after(kCloseTimeout)));
  } catch (const Error&) {
    // The server will notice by itself; nothing here depends on it.
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
}

void FlightPeer::give_back() noexcept {
  if (generation_ != ForkGate::generation()) return;
  Lease primary;
  std::vector<Close> left;
  std::vector<Closing> closing;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    primary.swap(primary_);
    left.swap(later_);
    closing.swap(closing_);
  }
  try {
    for (Closing& one : closing) {
      // Reset with the end of its call: perhaps the server has not heard it.
      if (!one.call.drained(one.what.type)) left.push_back(std::move(one.what));
    }
    leave(primary, std::move(left));
  } catch (...) {
    // Out of memory: the server forgets the handles in its own time.
  }
}

}  // namespace fletching
