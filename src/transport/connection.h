// SPDX-License-Identifier: Apache-2.0
// The Channel: one byte stream, one HTTP/2 session, the calls on it, and who drives.
//
// One mutex guards everything; whoever holds it may run the session and do I/O that
// does not block. Nobody waits while holding it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fork_gate.h"
#include "transport/byte_stream.h"
#include "transport/channel.h"
#include "transport/driver.h"
#include "transport/http2_session.h"
#include "transport/keepalive.h"

namespace fletching {

// A thread that follows: see driver.h.
struct Follower {
  Event* event = nullptr;
  std::vector<Target*> targets;
};

class Http2Connection final : public Channel,
                              public std::enable_shared_from_this<Http2Connection> {
 public:
  Http2Connection(ChannelOptions options, std::unique_ptr<ByteStream> stream,
                  PeerInfo peer);
  ~Http2Connection() override;

  // Waits for the server's SETTINGS; throws kIo (08001) that names what answered
  // instead.
  void open(const Wait& wait);

  // ---- Channel ----
  std::unique_ptr<Call> start(CallOptions options, const Wait& wait) override;
  bool usable() noexcept override;
  const PeerInfo& peer() const noexcept override { return peer_; }
  const ChannelOptions& options() const noexcept override { return options_; }
  std::chrono::nanoseconds ping(const Wait& wait) override;
  void close() noexcept override;

  // ---- for calls and the driver ----
  [[nodiscard]] bool inherited() const noexcept {
    return generation_ != ForkGate::generation();
  }
  // Throws if the object came here through fork.
  void check_process(const char* doing) const;
  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }
  // Any thread, no lock: somebody's `cancelled` flag was set.
  void cancel_soon() noexcept;

  // ---- with the mutex held ----
  // Sends the call's headers if that is still to be done.
  void submit(const std::shared_ptr<CallStream>& stream);
  // Ends a call from our side and tells the server.
  void end_call(CallStream& stream, CallStatus status);
  // Somebody has given up on a server that has said nothing since `since`, or for a
  // moment: the connection may be dead, so the next call asks for a sign of life first.
  void doubt_if_quiet(Clock::time_point since) noexcept;
  // The message being written may be forgotten: its memory is about to go.
  void drop_references(CallStream& stream);
  [[nodiscard]] bool written(const CallStream& stream) const noexcept;
  // Takes the next message and opens the window.
  [[nodiscard]] Message pop(CallStream& stream);
  [[nodiscard]] Http2Session& session() noexcept { return *session_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const CallStatus& failure() const noexcept { return failure_; }
  // Sends what the socket takes; a leader that sleeps is told about the rest.
  void flush_now() noexcept;
  // One round of I/O and timers. True if there is more to do at once.
  bool step() noexcept;
  // A round if nobody did one lately, so that PINGs are answered while a slow consumer
  // works off what has come.
  void step_if_stale() noexcept;
  [[nodiscard]] Clock::time_point next_timer() const noexcept;

  // ---- leading and following, with the mutex held ----
  [[nodiscard]] bool lead() noexcept;  // false: another thread leads
  void follow(Follower& follower);
  void unfollow(Follower& follower) noexcept;
  void stop_leading() noexcept;
  void wake_ready_followers();
  [[nodiscard]] int socket() const noexcept;
  [[nodiscard]] short poll_events() const noexcept;
  [[nodiscard]] Event& wake() noexcept { return wake_; }

 private:
  void flush();
  bool receive_once();
  void take_bytes(std::span<const uint8_t> bytes);
  void do_cancels();
  void check_keepalive();
  void fail(Grpc code, std::string reason);
  void close_now() noexcept;
  void promote() noexcept;
  void release_socket() noexcept;
  void prove_alive(const Wait& wait);
  void ask_for_a_sign() noexcept;
  void give_up_unproved();
  [[noreturn]] void throw_broken() const;
  [[nodiscard]] std::string end_of_file() const;
  [[nodiscard]] std::string broken_off(std::string_view how) const;
  [[nodiscard]] std::string said_nothing(std::string_view did) const;
  [[nodiscard]] std::string name() const;

  const ChannelOptions options_;
  const PeerInfo peer_;
  const uint32_t generation_;
  std::mutex mutex_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<Http2Session> session_;
  std::unique_ptr<uint8_t[]> buffer_;
  std::vector<uint8_t> first_bytes_;  // until they are known to be HTTP/2
  bool speaks_http2_ = false;
  std::string send_error_;
  bool failed_ = false;
  CallStatus failure_;
  Keepalive keepalive_;
  uint64_t pings_ = 0;
  uint64_t probe_ = 0;  // the acknowledgement asked for as a sign of life
  Clock::time_point asked_at_{};
  bool unproved_ = false;  // no sign came in time, nor anything since
  Clock::time_point last_step_;
  Clock::time_point last_used_;

  bool led_ = false;
  std::vector<Follower*> followers_;
  std::vector<std::unique_ptr<Event>> spare_events_;
  Event wake_;
  std::atomic<bool> cancel_pending_{false};
  std::atomic<bool> close_pending_{false};
};

}  // namespace fletching
