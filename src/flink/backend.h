// SPDX-License-Identifier: Apache-2.0
// Flink SQL as the driver's backend.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "flink/options.h"

namespace fletching {

[[nodiscard]] std::unique_ptr<Backend> make_flink_backend(flink::Options options);

}  // namespace fletching
