// SPDX-License-Identifier: Apache-2.0
// What an endpoint has sent so far, so that a result can go on where a connection was
// lost: a ticket that may be used again gives the same rows, but nobody promises the
// same order or the same batches. So what comes again must be what came, byte for byte.
#pragma once

#include <cstdint>

#include "flight/running_hash.h"
#include "transport/message.h"

namespace fletching {

class Transcript {
 public:
  enum class Verdict : uint8_t {
    kNew,       // to be handed on
    kRepeated,  // came before
    kOther,     // it does not come as it came: the result cannot go on
  };

  [[nodiscard]] Verdict take(const Message& message) noexcept;
  // All messages come again, from the first.
  void begin_again() noexcept { again_ = Sum{}; }
  // As many have come again as there were.
  [[nodiscard]] bool caught_up() const noexcept {
    return again_.messages >= sum_.messages;
  }

 private:
  struct Sum {
    RunningHash hash;
    uint64_t messages = 0;
    void add(const Message& message) noexcept;
  };

  Sum sum_;
  Sum again_;  // equal to sum_ while all is new
};

}  // namespace fletching
