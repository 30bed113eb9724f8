// SPDX-License-Identifier: Apache-2.0
// Where the flight layer gets its connections: the one seam between it and the
// transport, so that its tests need no server.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "transport/channel.h"

namespace fletching {

// Thread-safe.
class Network {
 public:
  virtual ~Network() = default;

  // A connection that was given back under this key and can carry a call, or null.
  [[nodiscard]] virtual std::shared_ptr<Channel> take(const std::string& key) = 0;
  [[nodiscard]] virtual std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                                         const Wait& wait) = 0;
  // For the next taker. Never waits, never throws.
  virtual void give(const std::string& key,
                    std::shared_ptr<Channel> channel) noexcept = 0;
  // As fletching::wait_any.
  [[nodiscard]] virtual size_t wait_any(std::span<Call* const> calls, const Wait& wait,
                                        Deadline nap,
                                        std::span<Call* const> drive_only) = 0;
};

// Channel::connect and the process's pool.
[[nodiscard]] std::shared_ptr<Network> real_network();

}  // namespace fletching
