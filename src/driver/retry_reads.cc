// SPDX-License-Identifier: Apache-2.0
#include "driver/retry_reads.h"

#include <string>

#include "base/log.h"

namespace fletching {
namespace {

constexpr int32_t kUnavailable = 14;  // gRPC's

}  // namespace

bool is_passing_failure(const Error& error) noexcept {
  if (error.code() != Code::kIo) return false;
  if (error.vendor_code() == kUnavailable) return true;
  return error.vendor_code() == 0 && error.sqlstate().starts_with("08") &&
         error.sqlstate() != "08007";
}

RetryReads::RetryReads(int retries, std::chrono::nanoseconds budget) noexcept
    : left_(retries), end_(Deadline::after(budget)) {}

bool RetryReads::again(const Error& error, const Wait& wait) {
  if (left_ <= 0 || !is_passing_failure(error)) return false;
  const Deadline wake = Deadline::after(pause_.next());
  // No attempt is left that could end in time: the error tells more than a timeout.
  if (wait.deadline.when() <= wake.when() || end_.when() <= wake.when()) return false;
  log(LogLevel::kWarning, "retrying a read after: " + error.message());
  --left_;
  wait_for({}, wait, "waiting to retry a read", wake);
  return true;
}

}  // namespace fletching
