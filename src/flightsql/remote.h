// SPDX-License-Identifier: Apache-2.0
// What everything of one Flight SQL session shares: the client, the transaction, the
// options of the server's session. Thread-safe.
#pragma once

#include <memory>

#include "flight/client.h"
#include "flightsql/server_memory.h"
#include "flightsql/session_keeper.h"
#include "flightsql/transaction.h"

namespace fletching {

struct Remote {
  explicit Remote(std::shared_ptr<FlightClient> with)
      : client(std::move(with)),
        memory(server_memory(identity_of(client->options()))),
        keeper(client),
        transaction(client) {}

  const std::shared_ptr<FlightClient> client;
  const std::shared_ptr<ServerMemory> memory;
  SessionKeeper keeper;
  Transaction transaction;
};

// The server itself said that it has no such command, before running anything.
[[nodiscard]] bool is_unimplemented(const Error& error) noexcept;
// The server has answered, and refused neither the caller nor the moment: asking again
// would bring the same.
[[nodiscard]] bool is_servers_no(const Error& error) noexcept;

}  // namespace fletching
