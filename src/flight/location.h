// SPDX-License-Identifier: Apache-2.0
// Where an endpoint's rows are read, and what may be sent there. No I/O.
// Sources: Flight.proto (FlightEndpoint, Location), "Arrow Flight RPC: Connection
// reuse".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flight/client.h"

namespace fletching {

struct ReadTarget {
  bool origin = false;      // the connection that produced the FlightInfo
  ChannelOptions channel;   // else: what to connect to
  bool trusted = false;     // credentials, cookies and custom headers may go there
  std::string name;         // for messages
  std::string http_target;  // not empty: rows by GET at this path and query, a secret

  [[nodiscard]] bool http() const noexcept { return !http_target.empty(); }
};

// The places to try, one after the other, for one endpoint. Throws kInvalidData if none
// can be understood and the policy forbids the origin.
[[nodiscard]] std::vector<ReadTarget> targets_of(const FlightEndpoint& endpoint,
                                                 const FlightOptions& options);

// Whether what identifies the user at `origin` may be sent to `target`.
[[nodiscard]] bool credentials_follow(LocationCredentials policy,
                                      const ChannelOptions& origin,
                                      const ChannelOptions& target);

// What an http or https URL names, without anything of the user's; nullopt where it is
// none.
[[nodiscard]] std::optional<ReadTarget> http_target(const std::string& url,
                                                    const FlightOptions& options);

}  // namespace fletching
