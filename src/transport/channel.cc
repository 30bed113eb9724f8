// SPDX-License-Identifier: Apache-2.0
#include "transport/channel.h"

#include "base/fork_gate.h"
#include "transport/connection.h"
#include "transport/connector.h"

namespace fletching {
std::shared_ptr<Channel> Channel::connect(const ChannelOptions& options,
                                          const Wait& wait) {
  const ForkGate::Pass pass;
  const Deadline own = Deadline::after(options.connect_timeout);
  const Wait limited = wait.until(own);
  try {
    PeerInfo peer;
    auto stream = open_stream(options, peer, limited);
    auto connection =
        std::make_shared<Http2Connection>(options, std::move(stream), std::move(peer));
    connection->open(limited);
    return connection;
  } catch (const Error& e) {
    throw not_in_time(e, options, own.expired());
  }
}

}  // namespace fletching
