// SPDX-License-Identifier: Apache-2.0
// One gRPC call on a Connection.
#pragma once

#include <memory>

#include "transport/channel.h"

namespace fletching {

class Http2Connection;

// options.headers must have passed check_headers().
[[nodiscard]] std::unique_ptr<Call> make_call(
    std::shared_ptr<Http2Connection> connection, CallOptions options);

// grpc-timeout as gRPC writes it: at most eight digits and a unit, never rounded up.
[[nodiscard]] std::string grpc_timeout(std::chrono::nanoseconds left);

}  // namespace fletching
