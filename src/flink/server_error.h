// SPDX-License-Identifier: Apache-2.0
// What a Flink server says went wrong, in its own words and as an Error.
//
// The gateway: {"errors": ["Internal server error.", "<Exception on server side:
// ..."]}, a stack trace of 20 KB in which the innermost cause says it. Confluent:
// {"errors":
// [{"code", "title", "detail"}]}. Proxies in front of either: anything.
#pragma once

#include <string>
#include <string_view>

#include "fletching/error.h"
#include "transport/http_client.h"

namespace fletching::flink {

struct ServerWords {
  std::string text;   // for a person; never empty
  std::string code;   // Confluent's error code, or empty
  std::string trace;  // the gateway's whole trace, or empty
  std::string kinds;  // the names of all exceptions of the trace, each with a blank
};

[[nodiscard]] ServerWords words_of(const HttpResponse& response);

// Of a stack trace, or of text without one: the innermost cause, with what an outer one
// adds to its text (the place in the SQL).
[[nodiscard]] std::string innermost_cause(std::string_view trace);

// The answer as an Error: "doing: words". vendor_code is the HTTP status.
[[nodiscard]] Error server_error(const HttpResponse& response, std::string_view doing);

// A statement that failed with these words. `kinds`: as ServerWords has it, or empty.
[[nodiscard]] Error statement_error(std::string_view doing, std::string_view text,
                                    std::string_view kinds, int32_t http_status);

}  // namespace fletching::flink
