// SPDX-License-Identifier: Apache-2.0
// The backend that settings ask for.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "driver/settings.h"

namespace fletching {

[[nodiscard]] std::unique_ptr<Backend> make_backend(const Settings& settings);

}  // namespace fletching
