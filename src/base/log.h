// SPDX-License-Identifier: Apache-2.0
// The log hook. The core never writes anywhere by itself: a face takes records out of a
// bounded ring when it is on a thread of its own choosing, so that no core thread ever
// enters foreign code.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fletching {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError, kOff };

struct LogRecord {
  LogLevel level;
  std::chrono::system_clock::time_point when;
  std::string text;  // one line, without secrets
};

// Records below this are not made. kWarning at start, or as FLETCHING_LOG says
// (debug, info, warning, error, off). Thread-safe.
void set_log_level(LogLevel level) noexcept;
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

// Adds a record; when the ring (1,024 records) is full the oldest goes and the loss is
// counted. Never throws, never blocks for long. Thread-safe.
void log(LogLevel level, std::string_view text) noexcept;

// Takes all records out; `lost` (may be null) gets how many were dropped before them.
[[nodiscard]] std::vector<LogRecord> drain_log(uint64_t* lost = nullptr);

}  // namespace fletching
