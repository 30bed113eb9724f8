// SPDX-License-Identifier: Apache-2.0
#include "driver/retry_reads.h"

#include <algorithm>
#include <random>
#include <string>

#include "base/log.h"

namespace fletching {
namespace {

constexpr int32_t kUnavailable = 14;  // gRPC's
constexpr std::chrono::milliseconds kFirst{100};
constexpr std::chrono::milliseconds kMost{2000};

uint32_t some_number() {
  // Not a secret, only not the same in every client that lost the same server.
  thread_local std::minstd_rand generator(static_cast<uint32_t>(
      std::chrono::steady_clock::now().time_since_epoch().count()));
  return static_cast<uint32_t>(generator());
}

}  // namespace

bool is_passing_failure(const Error& error) noexcept {
  if (error.code() != Code::kIo) return false;
  if (error.vendor_code() == kUnavailable) return true;
  return error.vendor_code() == 0 && error.sqlstate().starts_with("08") &&
         error.sqlstate() != "08007";
}

RetryReads::RetryReads(int retries, std::chrono::nanoseconds budget) noexcept
    : left_(retries), end_(Deadline::after(budget)) {}

std::chrono::nanoseconds RetryReads::pause(int attempt, uint32_t random) noexcept {
  const std::chrono::nanoseconds whole =
      std::min<std::chrono::nanoseconds>(kFirst * (1 << std::min(attempt, 10)), kMost);
  return whole / 2 + whole / 2 * (random % 1024) / 1024;
}

bool RetryReads::again(const Error& error, const Wait& wait) {
  if (left_ <= 0 || !is_passing_failure(error)) return false;
  const Deadline wake = Deadline::after(pause(attempts_, some_number()));
  // No attempt is left that could end in time: the error tells more than a timeout.
  if (wait.deadline.when() <= wake.when() || end_.when() <= wake.when()) return false;
  log(LogLevel::kWarning, "retrying a read after: " + error.message());
  --left_;
  ++attempts_;
  wait_for({}, wait, "waiting to retry a read", wake);
  return true;
}

}  // namespace fletching
