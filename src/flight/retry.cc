// SPDX-License-Identifier: Apache-2.0
#include "flight/retry.h"

namespace fletching {
namespace {

constexpr int kUnavailable = 14;

}  // namespace

RetryRule::Next RetryRule::after(const Error& error, bool answered,
                                 bool can_log_in) noexcept {
  if (answered) return Next::kGiveUp;
  // Servers judge credentials before they look at the call, so nothing has run.
  if (error.code() == Code::kUnauthenticated && can_log_in && !logged_in_) {
    logged_in_ = true;
    return Next::kLogInAgain;
  }
  if (never_processed(error)) {
    return ++refused_ <= kMaxRefused ? Next::kSendAgain : Next::kGiveUp;
  }
  // A lost connection proves nothing: only what changes nothing is sent once more.
  const bool lost = error.code() == Code::kIo &&
                    (error.vendor_code() == kUnavailable || error.vendor_code() == 0);
  if (retry_safe_ && lost && !lost_) {
    lost_ = true;
    return Next::kSendAgain;
  }
  return Next::kGiveUp;
}

}  // namespace fletching
