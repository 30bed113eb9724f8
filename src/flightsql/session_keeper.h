// SPDX-License-Identifier: Apache-2.0
// The options of the server's session (Flight.proto: SetSessionOptions and so on), kept
// true where the server has begun another session without a word.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "backend/backend.h"
#include "flight/client.h"

namespace fletching {

// Thread-safe.
class SessionKeeper {
 public:
  explicit SessionKeeper(std::shared_ptr<FlightClient> client);

  // Sets and remembers; kInvalidArgument names what was refused, and what was not is
  // set.
  void set(const SessionOptions& options, const Wait& wait);
  // Empty where the server has no sessions, or none yet for this client.
  [[nodiscard]] SessionOptions get(const Wait& wait);

  // Before anything that may depend on the options: sets them again if the session is
  // not the one that they were set in.
  void ensure(const Wait& wait);

  // This server has no CloseSession, or never answers it.
  void never_close() noexcept { never_closes_ = true; }

  // Leaves word with the client to close the session, if there may be one.
  void close_later() noexcept;

 private:
  void send(const SessionOptions& options, const Wait& wait);

  const std::shared_ptr<FlightClient> client_;
  std::atomic<bool> never_closes_{false};
  std::mutex mutex_;           // guards all below; never held while waiting
  SessionOptions remembered_;  // without erased ones
  std::string mark_;           // of the session that has them
};

}  // namespace fletching
