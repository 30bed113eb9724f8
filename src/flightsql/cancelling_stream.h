// SPDX-License-Identifier: Apache-2.0
// Results whose server is told when nobody wants them any more.
#pragma once

#include <memory>
#include <string>

#include "arrow/result_stream.h"
#include "flightsql/remote.h"

namespace fletching {

// CancelFlightInfo, or CancelQuery where that is unimplemented; nothing once the server
// has said that it knows neither. Waits at most 2 s; errors are swallowed.
void cancel_on_server(FlightClient& client, const FlightInfo& info,
                      Tick* tick) noexcept;
// The same without waiting: it rides with a later call.
void cancel_on_server_later(FlightClient& client, const FlightInfo& info) noexcept;

// FlightClient::read() that tells the server if the rows are not read to their end:
// where the reader was cancelled, before it is told so; where the stream was dropped,
// with a later call.
[[nodiscard]] std::unique_ptr<ResultStream> read_cancelling(
    std::shared_ptr<Remote> remote, FlightInfo info, const Wait& wait);

}  // namespace fletching
