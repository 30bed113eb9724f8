// SPDX-License-Identifier: Apache-2.0
// Which failed calls are sent again without asking: those that the server provably has
// not run. No I/O.
#pragma once

#include "fletching/error.h"
#include "transport/channel.h"

namespace fletching {

// One for each call that a user makes, over all the times it is sent.
class RetryRule {
 public:
  enum class Next {
    kGiveUp,
    kSendAgain,   // on a fresh connection if the present one cannot be used
    kLogInAgain,  // then send again
  };

  explicit RetryRule(bool retry_safe) : retry_safe_(retry_safe) {}

  // The call has ended so; `answered`: a message of the server had come before.
  // `can_log_in`: other credentials than those refused can be had.
  [[nodiscard]] Next after(const Error& error, bool answered, bool can_log_in) noexcept;

 private:
  static constexpr int kMaxRefused = 3;

  bool retry_safe_;
  int refused_ = 0;
  bool lost_ = false;
  bool logged_in_ = false;
};

}  // namespace fletching
