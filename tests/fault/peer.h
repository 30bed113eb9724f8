// SPDX-License-Identifier: Apache-2.0
// Whatever sits in the poll loop, and what all of them share. One thread runs it all.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "script.h"
#include "stats.h"
#include "wire.h"

namespace fletching::fault {

using Clock = std::chrono::steady_clock;

class Peer {
 public:
  virtual ~Peer() = default;
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual short events() const = 0;
  virtual void ready(short revents) = 0;
  // When tick() should be called, if at all.
  [[nodiscard]] virtual std::optional<Clock::time_point> wake() const {
    return std::nullopt;
  }
  virtual void tick(Clock::time_point now) { (void)now; }
  [[nodiscard]] virtual bool dead() const = 0;
  // Connections of clients go at a reset, listeners and the control port stay.
  [[nodiscard]] virtual bool is_client() const { return false; }
};

struct Request {
  uint64_t connection = 0;
  int32_t stream = 0;
  std::string mode;  // of the port it came to
  bool tls = false;
  std::string path;
  Headers headers;
  std::string body;  // gRPC frames as they came
  bool ended = false;

  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  // The first gRPC message, or nullopt when it has not come whole.
  [[nodiscard]] std::optional<std::string> message() const;
};

// What a connection needs from the program.
class Host {
 public:
  virtual ~Host() = default;
  virtual Stats& stats() = 0;
  virtual uint64_t next_connection() = 0;
  virtual Script answer(const Request& request) = 0;
  // Opens another port in `mode` on 127.0.0.1, or finds the one that is open; its
  // number.
  virtual uint16_t listen(const std::string& mode, bool tls) = 0;
  // A port that nobody listens on while the program runs.
  virtual uint16_t dead_port() = 0;
  virtual void reset() = 0;
};

// An HTTP/2 server connection that plays scripts. `mode` bends the connection itself:
// "main" none; see modes.h for the others.
[[nodiscard]] std::unique_ptr<Peer> make_http2(Host& host, std::unique_ptr<Wire> wire,
                                               const std::string& mode, bool tls);
// A connection of a mode that is no HTTP/2 (is_raw_mode).
[[nodiscard]] std::unique_ptr<Peer> make_raw(Host& host, std::unique_ptr<Wire> wire,
                                             const std::string& mode);
// The control port: one command a line, one line of JSON back.
[[nodiscard]] std::unique_ptr<Peer> make_control(Host& host, int fd);

}  // namespace fletching::fault
