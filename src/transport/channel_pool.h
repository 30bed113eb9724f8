// SPDX-License-Identifier: Apache-2.0
// Idle connections of the process, kept for the next user of equal identity. The pool
// is immortal, has no timer, and a forked child begins with an empty one: inherited
// connections are left alone. Thread-safe; nothing here waits.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "transport/channel.h"

namespace fletching {

inline constexpr size_t kPooledPerIdentity = 8;
inline constexpr size_t kPooledInAll = 64;

// `identity`: a digest of everything that makes two peers the same - URL, credentials,
// headers, TLS material, proxy. The youngest usable channel, or null.
[[nodiscard]] std::shared_ptr<Channel> take_pooled_channel(const std::string& identity);

// Keeps a whole channel on which no call is open. One that is not usable() is dropped,
// and so is the longest kept one when there are too many.
void pool_channel(const std::string& identity,
                  std::shared_ptr<Channel> channel) noexcept;

// Closes what is kept: at exit of a face, or in tests.
void clear_channel_pool() noexcept;
[[nodiscard]] size_t pooled_channels() noexcept;

}  // namespace fletching
