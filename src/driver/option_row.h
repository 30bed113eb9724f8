// SPDX-License-Identifier: Apache-2.0
// A row of the options table, and the files that it is put together from.
#pragma once

#include <string_view>
#include <vector>

#include "driver/settings.h"

namespace fletching {

struct OptionRow : OptionInfo {
  // The name is the one that was given, for messages.
  void (*set)(Settings& settings, std::string_view name, std::string_view value);
};

void add_flink_options(std::vector<OptionRow>& table);

}  // namespace fletching
