// SPDX-License-Identifier: Apache-2.0
#include "flight/network.h"

#include <utility>

namespace fletching {
namespace {

class RealNetwork final : public Network {
 public:
  std::shared_ptr<Channel> take(const std::string&) override { return nullptr; }
  std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                   const Wait& wait) override {
    return Channel::connect(options, wait);
  }
  void give(const std::string&, std::shared_ptr<Channel>) noexcept override {}
  size_t wait_any(std::span<Call* const> calls, const Wait& wait,
                  Deadline nap) override {
    return fletching::wait_any(calls, wait, nap);
  }
};

}  // namespace

std::shared_ptr<Network> real_network() { return std::make_shared<RealNetwork>(); }

}  // namespace fletching
