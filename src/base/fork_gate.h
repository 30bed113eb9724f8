// SPDX-License-Identifier: Apache-2.0
// Makes fork() safe while other threads run core or OpenSSL code: fork waits until
// every thread is outside, and no thread gets in until fork is over.
//
// Rules. A thread holds a Pass whenever it runs code that takes a lock of the core or
// of OpenSSL, and is Outside whenever it sleeps or calls foreign code (wait_for does
// that). Never wait for the Python interpreter lock inside a Pass: fork holds that
// lock. Objects compare the generation they were made in with the present one; a
// difference means that they were inherited across fork, and then all they may do is
// close(fd).
#pragma once

#include <pthread.h>

#include <cstdint>

namespace fletching {

class ForkGate {
 public:
  // Held shared; may be nested on one thread. Preferring the forking thread, so that a
  // busy process still forks.
  class Pass {
   public:
    Pass() noexcept;
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
  };

  // Gives up all of this thread's passes for its lifetime (none is fine too).
  class Outside {
   public:
    Outside() noexcept;
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    int depth_;
  };

  // 0 in a process that never was a forked child of one using Fletching, else the
  // number of forks between. Cheap: one relaxed load.
  [[nodiscard]] static uint32_t generation() noexcept;

  // Makes a mutex that is also taken outside of the gate safe across fork: it is locked
  // once the gate is shut, unlocked in the parent, and new in the child. (A fork
  // handler of its own would run before the gate's, and lock out those whom the gate
  // waits for.) It must live for ever, and be held only for moments. At most eight.
  static void protect(pthread_mutex_t& mutex) noexcept;

  // Installs the fork handlers; idempotent. The first Pass does it.
  static void install() noexcept;
};

}  // namespace fletching
