// SPDX-License-Identifier: Apache-2.0
// Result streams as Arrow C streams (Arrow C stream interface) for other libraries.
#pragma once

#include <functional>
#include <memory>

#include "arrow/result_stream.h"

namespace fletching {

// Wraps a stream. `wait` is asked before each blocking call and must stay callable from
// any thread. get_next returns EINTR when a tick threw, ECANCELED, ETIMEDOUT, EINVAL for
// bad data, EIO otherwise; get_last_error has the message. Releasing it in a forked child
// leaves the stream alone.
[[nodiscard]] UniqueArrayStream export_stream(std::unique_ptr<ResultStream> stream,
                                              std::function<Wait()> wait);

}  // namespace fletching
