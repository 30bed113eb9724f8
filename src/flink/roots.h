// SPDX-License-Identifier: Apache-2.0
// Names of type roots and what they need: private to types*.cc.
#pragma once

#include <string_view>

#include "flink/types.h"

namespace fletching::flink {

// By the name in a server's JSON or an alias, in capitals; kOther for what is unknown.
[[nodiscard]] Root root_of(std::string_view name) noexcept;

// How deep types may be nested: more is refused.
inline constexpr int kMaxTypeDepth = 64;

// The most that Flink's types have.
inline constexpr int32_t kMaxDecimal = 38;
inline constexpr int32_t kMaxFraction = 9;

}  // namespace fletching::flink
