// SPDX-License-Identifier: Apache-2.0
// Sending a read again when the server was not to be reached, with growing pauses that
// differ from client to client.
#pragma once

#include <chrono>

#include "base/backoff.h"
#include "base/wait.h"

namespace fletching {

// The server is away for a moment: UNAVAILABLE (also what proxies' 502, 503 and 504
// become) or a lost connection. Not a name that does not resolve or a commit in doubt.
[[nodiscard]] bool is_passing_failure(const Error& error) noexcept;

// One for each execution:
//
//   for (RetryReads retry(...);;) {
//     try { return attempt(); }
//     catch (const Error& e) { if (!retry.again(e, wait)) throw; }
//   }
class RetryReads {
 public:
  // retries 0: never (what may change data). budget 0: any time.
  RetryReads(int retries, std::chrono::nanoseconds budget) noexcept;

  // Sleeps before the next attempt: 100 ms, doubled each time, at most 2 s, each off by
  // up to a quarter. False, at once: the error stands. Throws as wait_for does.
  [[nodiscard]] bool again(const Error& error, const Wait& wait);

 private:
  int left_;
  Backoff pause_{std::chrono::milliseconds(100), std::chrono::seconds(2)};
  Deadline end_;
};

}  // namespace fletching
