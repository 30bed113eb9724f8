// SPDX-License-Identifier: Apache-2.0
#include "transport/channel.h"

#include "base/fork_gate.h"
#include "transport/connection.h"
#include "transport/connector.h"

namespace fletching {
namespace {

// Whatever time ran out, the user hears what was not reached.
Error timed_out(const Error& error, const ChannelOptions& options, bool own_limit) {
  std::string text = "connect: no connection to " + target_text(options);
  if (own_limit) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(options.connect_timeout);
    text += " within " + std::to_string(ms.count()) + " ms";
  }
  return Error(Code::kTimeout,
               text + " (" + error.message() +
                   "; is the host reachable, or is a firewall dropping packets?)",
               "08001");
}

}  // namespace

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
    if (e.code() != Code::kTimeout || e.sqlstate() == "08001") throw;
    throw timed_out(e, options, own.expired());
  }
}

}  // namespace fletching
