// SPDX-License-Identifier: Apache-2.0
// One logged-in peer: its connections, and what is sent with and learnt from every
// call. Shared by a FlightClient and the streams that it has opened.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flight/action_memory.h"
#include "flight/auth.h"
#include "flight/client.h"
#include "flight/cookies.h"
#include "flight/late_closes.h"
#include "flight/location.h"
#include "flight/network.h"
#include "flight/retry.h"

namespace fletching {

class FlightPeer;

// A connection that goes to the pool when its last call is over.
struct ChannelLease {
  ChannelLease(std::shared_ptr<Network> net, std::string name,
               std::shared_ptr<Channel> of);
  ~ChannelLease();
  ChannelLease(const ChannelLease&) = delete;
  ChannelLease& operator=(const ChannelLease&) = delete;

  std::shared_ptr<Network> network;
  std::string key;
  std::shared_ptr<Channel> channel;
};

struct CallRequest {
  enum class Kind : uint8_t { kOrdinary, kLogin, kClose };

  std::string_view method;  // "DoGet"
  Deadline deadline;
  uint32_t split_field = 0;
  uint32_t stream_window = 0;  // 0: the channel's
  bool retry_safe = false;
  bool timed_bytes = false;  // the options' first-byte and idle timeouts hold
  Kind kind = Kind::kOrdinary;
  // Instead of those of the same names that every call has; null: none.
  const Headers* headers = nullptr;
  // The cookies of another session, from whose answer nothing is learnt.
  const std::string* cookies = nullptr;

  // A call whose answer is rows, of which `window` bytes may come ahead.
  [[nodiscard]] static CallRequest for_rows(std::string_view method, uint32_t window,
                                            const Headers& headers);
};

// A call whose responses its peer learns from. For one thread, except cancel().
class PeerCall {
 public:
  PeerCall() = default;
  PeerCall(std::shared_ptr<FlightPeer> peer, std::shared_ptr<ChannelLease> lease,
           std::unique_ptr<Call> call, bool origin, std::string host, std::string path,
           bool secure, uint64_t version);

  explicit operator bool() const noexcept { return call_ != nullptr; }
  // `last`: ends our side with it.
  bool write(std::string_view message, const Wait& wait, bool last = false);
  bool write(std::span<const std::span<const uint8_t>> parts, const Wait& wait);
  void half_close(const Wait& wait) { call_->half_close(wait); }
  bool read(Message& out, const Wait& wait, Deadline nap = Deadline::never(),
            bool* napped = nullptr);
  // A message or the end, if it can be had without waiting. nullopt: neither.
  std::optional<bool> read_ready(Message& out);
  [[nodiscard]] bool readable() const { return call_->readable(); }
  [[nodiscard]] bool answered() const noexcept { return answered_; }
  // Reads what there is without waiting, and forgets it (but that the server has no
  // such action): true if the call is over.
  [[nodiscard]] bool drained(std::string_view action) noexcept;
  // Its answer tells nothing about this peer.
  void learn_nothing() noexcept { learns_ = false; }
  // The credentials it was made with.
  [[nodiscard]] uint64_t version() const noexcept { return version_; }
  // Tells connections apart.
  [[nodiscard]] const Channel* channel() const noexcept {
    return lease_->channel.get();
  }
  [[nodiscard]] Call& raw() const noexcept { return *call_; }
  void cancel() noexcept { call_->cancel(); }

  // After the end: initial and trailing metadata.
  [[nodiscard]] const Headers& headers(const Wait& wait) {
    return call_->headers(wait);
  }
  [[nodiscard]] const Headers& trailers() const { return call_->trailers(); }

 private:
  void learn_start(const Wait& wait);
  void learn_end();

  std::shared_ptr<FlightPeer> peer_;
  std::shared_ptr<ChannelLease> lease_;
  std::unique_ptr<Call> call_;  // before lease_, which it uses
  bool origin_ = false;
  std::string host_, path_;
  bool secure_ = false;
  uint64_t version_ = 0;
  bool answered_ = false;
  bool learnt_start_ = false;
  bool learns_ = true;
};

// Thread-safe. Callers hold a ForkGate::Pass.
class FlightPeer : public std::enable_shared_from_this<FlightPeer> {
 public:
  FlightPeer(FlightOptions options, std::shared_ptr<Network> network);

  // Connects or takes a pooled connection, and logs in where needed.
  void open(const Wait& wait);
  // Throws kInvalidState when closed or made before a fork.
  void check_usable() const;

  // Begins a call, on a fresh connection if the present one is broken or gone; closes
  // that wait are sent before it. Throws what connecting throws.
  [[nodiscard]] PeerCall start(const CallRequest& request, const Wait& wait);
  // The same on the connection to a location.
  [[nodiscard]] PeerCall start_at(const ReadTarget& target, const CallRequest& request,
                                  const Wait& wait);

  // One message or none out, all messages in; sent again as RetryRule says.
  [[nodiscard]] std::vector<std::string> exchange(CallRequest request,
                                                  std::string_view message,
                                                  const Wait& wait);
  // The Handshake, if one is due.
  void log_in_if_due(const Wait& wait);
  // Whether a call that ended so may be sent again now; logs in again if that is why.
  [[nodiscard]] bool prepare_retry(RetryRule& rule, const Error& error, bool answered,
                                   uint64_t version, const Wait& wait);

  void close_later(std::string type, std::string body) noexcept;
  void close(const Wait& wait);
  // What close() does after sending. Closes that were not sent, or may not have been
  // heard, are left for the next client of equal identity.
  void give_back() noexcept;

  void learn(const Headers& response, bool origin, const CookieJar::Place& from);

  // See FlightClient.
  [[nodiscard]] std::string session_mark() const;
  [[nodiscard]] bool has_cookies() const { return cookies_.size() > 0; }
  [[nodiscard]] ActionMemory& actions() const noexcept { return *actions_; }

  [[nodiscard]] const FlightOptions& options() const noexcept { return options_; }
  [[nodiscard]] Network& network() const noexcept { return *network_; }
  [[nodiscard]] const PeerInfo& peer_info() const noexcept { return info_; }
  [[nodiscard]] uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::string auth_description() const {
    return credentials_->description();
  }

 private:
  using Lease = std::shared_ptr<ChannelLease>;
  struct Closing {
    Close what;
    PeerCall call;
  };

  Lease primary(const Wait& wait, bool fresh);
  Lease location_lease(const ReadTarget& target, const Wait& wait, bool fresh);
  PeerCall start_on(const Lease& lease, const CallRequest& request, bool origin,
                    bool trusted, const Wait& wait);
  void log_in(const Wait& caller);
  void send_closes(const Lease& lease, const Wait& wait);
  void finish_closes(const Wait& wait);
  void leave(const Lease& lease, std::vector<Close> closes) const;

  const uint32_t generation_;
  const FlightOptions options_;
  const std::string identity_;
  const std::shared_ptr<Network> network_;
  const std::shared_ptr<Credentials> credentials_;
  const std::shared_ptr<ActionMemory> actions_;
  CookieJar cookies_;
  PeerInfo info_;  // of the first connection; constant after open()

  mutable std::mutex mutex_;  // guards all below; never held while waiting
  Lease primary_;
  uint64_t connections_ = 0;  // how often primary_ was made
  std::map<std::string, std::weak_ptr<ChannelLease>> locations_;
  std::vector<Close> later_;
  std::vector<Closing> closing_;  // sent, not yet answered
  bool closed_ = false;
};

}  // namespace fletching
