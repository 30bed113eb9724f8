// SPDX-License-Identifier: Apache-2.0
// gRPC calls on one HTTP/2 connection. A Channel has no thread: whoever waits drives
// the connection, others hand it their calls (leader and followers), so any number of
// threads may use one Channel and its calls at once; one Call is used by one thread at
// a time, except cancel().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/wait.h"
#include "transport/headers.h"
#include "transport/message.h"

namespace fletching {

struct TlsOptions {
  bool enabled = false;
  bool verify = true;
  std::string roots;        // PEM text or a path; empty: where the system keeps them
  std::string cert_chain;   // client certificate, PEM text or path, with private_key
  std::string private_key;  // PEM text or path; a secret
  std::string server_name;  // overrides the name that is sent and verified
};

enum class Protocol : uint8_t { kGrpc, kHttp1 };

struct ChannelOptions {
  Protocol protocol = Protocol::kGrpc;
  std::string host;  // a name or an address literal (IPv6 without brackets)
  uint16_t port = 0;
  std::string unix_path;  // when set, host and port only name the peer
  TlsOptions tls;
  std::string authority;                // :authority; empty: host:port
  std::optional<std::string> proxy;     // "http://user:pw@host:port"; "" = none;
                                        // unset: as the environment says
  std::optional<std::string> no_proxy;  // unset: no_proxy / NO_PROXY
  std::string dns_servers;  // "host:port,...", for tests; empty: the system's
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(20);
  std::chrono::nanoseconds keepalive_after = std::chrono::seconds(30);  // of silence
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  std::chrono::nanoseconds idle_discard = std::chrono::minutes(4);
  uint32_t stream_window = 8u << 20;  // read-ahead limit of one call, bytes
  int64_t max_message = (int64_t{1} << 31) - 1;
  std::string user_agent;  // "fletching/VERSION" when empty
};

// What was found while connecting, for `ping` and error messages.
struct PeerInfo {
  std::string address;      // "127.0.0.1:443" or "unix:/path"
  std::string proxy;        // host:port of the proxy used, or empty
  std::string tls_version;  // "TLSv1.3", or empty for plaintext
  std::string tls_cipher;
  std::string alpn;         // "h2", or empty if the server chose none
  std::string certificate;  // subject, issuer and end of validity in one line
  std::chrono::nanoseconds resolve_time{}, connect_time{}, tls_time{};
};

struct CallOptions {
  std::string path;   // "/arrow.flight.protocol.FlightService/DoGet"
  Headers headers;    // lower-case names; -bin values are encoded here
  Deadline deadline;  // sent as grpc-timeout and enforced here
  // For the server to begin its answer, from the last byte of the request that it took;
  // time that the caller spends between messages is not counted. 0: none.
  std::chrono::nanoseconds first_byte_timeout{0};
  std::chrono::nanoseconds idle_timeout{0};  // between bytes from then on; 0: none
  uint32_t split_field = 0;    // which field number becomes Message::body; 0: none
  uint32_t stream_window = 0;  // 0: the channel's
  bool retry_safe = false;     // the RPC changes nothing: may be sent again after EOF
};

// The end of a call that did not succeed is thrown by read() as an
// Error: gRPC code mapped to Code and SQLSTATE (vendor_code = the gRPC code), message
// decoded, details = headers and trailers (rich status unpacked where it can be).
class Call {
 public:
  virtual ~Call() = default;  // resets the stream if it is open; never waits

  using Parts = std::span<const std::span<const uint8_t>>;

  // Sends one message, the concatenation of `parts`; returns when it was handed to the
  // kernel. `last`: half-closes with it, which saves a packet. false: the server has
  // already ended the call, read() tells why. If it throws (timeout, cancelled, what
  // the tick throws) the message may be out in part and the call is reset.
  virtual bool write(Parts parts, const Wait& wait, bool last = false) = 0;
  // As write(), but comes back where something can be read, because a server that waits
  // for its answers to be taken takes nothing itself: then read, and go on. Until all
  // is out or the call is over (or gone) `parts` must stay valid. For calls that
  // exchange; by default it is write().
  enum class Wrote : uint8_t { kAll, kReadable, kOver };
  virtual Wrote write_or_read(Parts parts, const Wait& wait) {
    return write(parts, wait) ? Wrote::kAll : Wrote::kOver;
  }
  virtual Wrote go_on_writing(const Wait&) { return Wrote::kAll; }
  // Ends our side. Idempotent; never waits (sent by whoever drives next).
  virtual void half_close(const Wait& wait) = 0;

  // Waits for the next message: true, or false at the successful end. `nap`: give up
  // waiting at that moment without harm, return false and set *napped. A Wait that ends
  // throws and leaves the call as it is. After cancel() nothing more is delivered. A
  // compressed message is decompressed here, and `nap` and the Wait hold for that too.
  virtual bool read(Message& out, const Wait& wait, Deadline nap = Deadline::never(),
                    bool* napped = nullptr) = 0;
  // A message, the end or an error can be had without waiting.
  [[nodiscard]] virtual bool readable() const = 0;

  // Initial metadata (waits for it, or for the end of the call: then what there is;
  // never throws the call's own error) and trailers (after the end; those of a
  // trailers-only answer are both). The references live as long as the call.
  virtual const Headers& headers(const Wait& wait) = 0;
  virtual const Headers& trailers() const = 0;

  // Any thread, never waits; the stream is reset by whoever drives next.
  virtual void cancel() noexcept = 0;
};

class Channel {
 public:
  virtual ~Channel() = default;  // close(); never waits

  // Resolves, connects (proxy, TLS) and opens HTTP/2: SETTINGS of the peer have come.
  // Errors say which step failed and what answered (HTML page, plaintext against TLS,
  // HTTP/1.1, certificate and the roots tried), SQLSTATE 08001.
  [[nodiscard]] static std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                                        const Wait& wait);

  // Begins a call; its headers go out with the first write, half_close or wait. A
  // channel idle for over 5 s, or on which somebody gave up waiting in a silence, must
  // give a sign of life first (2 s at most). Throws kIo if the channel is broken and
  // nothing was sent (the caller may connect again).
  [[nodiscard]] virtual std::unique_ptr<Call> start(CallOptions options,
                                                    const Wait& wait) = 0;

  // Worth keeping for another call: not closed, no GOAWAY, same fork generation, not
  // idle beyond idle_discard, at most 1 MiB still to come for cancelled calls (start()
  // works all the same then). Takes in what has come; never waits.
  [[nodiscard]] virtual bool usable() noexcept = 0;
  [[nodiscard]] virtual const PeerInfo& peer() const noexcept = 0;
  [[nodiscard]] virtual const ChannelOptions& options() const noexcept = 0;
  // Round trip of an HTTP/2 PING.
  virtual std::chrono::nanoseconds ping(const Wait& wait) = 0;
  virtual void close() noexcept = 0;
};

// Waits until one of `calls` (of any channels) is readable() and drives all their
// channels meanwhile, in one poll. Returns its index, or calls.size() when `nap` came.
// The channels of `drive_only` are driven too, and the time limits of those calls hold
// while nothing of them can be read, but what comes for them ends no wait.
[[nodiscard]] size_t wait_any(std::span<Call* const> calls, const Wait& wait,
                              Deadline nap = Deadline::never(),
                              std::span<Call* const> drive_only = {});

// True if `error` proves that the server did not process the call: REFUSED_STREAM, a
// GOAWAY below its id, or nothing of the request was written.
[[nodiscard]] bool never_processed(const Error& error) noexcept;

// never_processed(), or the connection was lost under a call with retry_safe.
[[nodiscard]] bool may_retry(const Error& error) noexcept;

}  // namespace fletching
