// SPDX-License-Identifier: Apache-2.0
#include "flight/network.h"

#include <utility>

#include "transport/channel_pool.h"

namespace fletching {
namespace {

class RealNetwork final : public Network {
 public:
  std::shared_ptr<Channel> take(const std::string& key) override {
    return take_pooled_channel(key);
  }
  std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                   const Wait& wait) override {
    return Channel::connect(options, wait);
  }
  void give(const std::string& key,
            std::shared_ptr<Channel> channel) noexcept override {
    pool_channel(key, std::move(channel));
  }
  size_t wait_any(std::span<Call* const> calls, const Wait& wait, Deadline nap,
                  std::span<Call* const> drive_only) override {
    return fletching::wait_any(calls, wait, nap, drive_only);
  }
};

}  // namespace

std::shared_ptr<Network> real_network() { return std::make_shared<RealNetwork>(); }

}  // namespace fletching
