// SPDX-License-Identifier: Apache-2.0
// What the URL forms share with the options.
#pragma once

#include <string_view>

#include "base/uri.h"
#include "driver/settings.h"

namespace fletching {

// "https://host[:port][/path]": where a REST API is. Throws kInvalidArgument.
void set_endpoint(Settings& settings, std::string_view url);

// ---- url_forms_flink.cc ----
// flink+http(s)://, flink+gateway://, confluent://, flink+confluent://
[[nodiscard]] bool is_flink_scheme(std::string_view scheme) noexcept;
void apply_flink_url(Settings& settings, const Uri& uri);

}  // namespace fletching
