// SPDX-License-Identifier: Apache-2.0
// Closes of server-side handles that their client could not send any more, because it
// was destroyed (destructors neither send nor wait) or closed before them. The process
// keeps them for a client of equal identity, whose next call they ride with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/channel.h"

namespace fletching {

inline constexpr size_t kMaxLateCloses = 4096;  // in all; later ones are dropped

struct Close {
  std::string type;  // of the action
  std::string body;
  // The cookies of the session that it belongs to; nullopt: those of who sends it.
  std::optional<std::string> cookies = std::nullopt;
};

// `channel`: where the handles were made; they may live behind exactly that connection,
// so as long as it lives only a client that uses it gets them. Forgotten after ten
// minutes, when servers have done so too. Thread-safe; never waits, never throws.
void leave_closes(const std::string& identity, std::weak_ptr<Channel> channel,
                  std::vector<Close> closes) noexcept;

// What a client of this identity on this connection is to send. Costs one atomic load
// where nothing was left. A forked child starts without any. May throw std::bad_alloc.
[[nodiscard]] std::vector<Close> take_closes(const std::string& identity,
                                             const std::shared_ptr<Channel>& channel);

}  // namespace fletching
