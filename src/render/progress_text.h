// SPDX-License-Identifier: Apache-2.0
// How far something is, in words.
#pragma once

#include <cstdint>
#include <string>

#include "fletching/driver.h"

namespace fletching::render {

// "12.3 MB, 1,234,567 rows, 45 MB/s [=====>    ] 52%", or without any bytes yet "the
// server is at work [=>        ] 20%".
[[nodiscard]] std::string progress_text(const ResultProgress& progress, double seconds);

[[nodiscard]] std::string human_bytes(int64_t bytes);
[[nodiscard]] std::string grouped(int64_t number);  // 1,234,567

}  // namespace fletching::render
