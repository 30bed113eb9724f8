// SPDX-License-Identifier: Apache-2.0
// Reads a stream ahead on a thread of its own: the only class that makes a thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "arrow/result_stream.h"

namespace fletching {

struct PrefetchOptions {
  size_t max_batches = 16;              // decoded and waiting
  size_t max_bytes = size_t{64} << 20;  // of their buffers; one batch always fits
  // How often inner->keep_alive() is called while there is no room; 0: never.
  std::chrono::nanoseconds keep_alive{0};
};

// A stream with the batches of `inner`, in order, and its failures where they came:
// where `inner` can go on after one, so does this when it is asked for more. The thread
// blocks all signals, passes the fork gate while it works and never enters Python. A
// process forked meanwhile sees an error that says so on the next read.
[[nodiscard]] std::unique_ptr<ResultStream> prefetch(
    std::unique_ptr<ResultStream> inner, PrefetchOptions options = {});

// Cancels the readers-ahead that exist and waits at most `at_most` for their threads to
// end; for a face's exit handler.
void stop_prefetchers(std::chrono::milliseconds at_most) noexcept;

}  // namespace fletching
