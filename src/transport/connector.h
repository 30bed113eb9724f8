// SPDX-License-Identifier: Apache-2.0
// From options to an open stream of bytes: name, TCP or unix socket, proxy, TLS.
#pragma once

#include <memory>

#include "transport/byte_stream.h"
#include "transport/channel.h"

namespace fletching {

// Everything before HTTP/2. Fills in `peer`. Throws as Channel::connect says; the time
// is limited by `wait` alone.
[[nodiscard]] std::unique_ptr<ByteStream> open_stream(const ChannelOptions& options,
                                                      PeerInfo& peer, const Wait& wait);

// What to throw instead of an error that came while connecting: whatever time ran out,
// the user hears what was not reached. own_limit: connect_timeout was over.
[[nodiscard]] Error not_in_time(const Error& error, const ChannelOptions& options,
                                bool own_limit);

// "host:port" of the server, for messages.
[[nodiscard]] std::string target_text(const ChannelOptions& options);

}  // namespace fletching
