// SPDX-License-Identifier: Apache-2.0
// SqlInfo answers of this process, by identity and question: what a server is does not
// change between two connections, and asking costs two RPCs each time.
#pragma once

#include <memory>
#include <string>

#include "arrow/result_stream.h"

namespace fletching {

// The remembered answer as a stream of its own, or null. Thread-safe.
[[nodiscard]] std::unique_ptr<ResultStream> cached_sql_info(const std::string& key);

// Reads all of `answer`, remembers it under `key`, and returns it as a new stream.
[[nodiscard]] std::unique_ptr<ResultStream> remember_sql_info(const std::string& key,
                                                              ResultStream& answer,
                                                              const Wait& wait);

}  // namespace fletching
